using FastAlign.Alignment;
using FastAlign.Core;
using FastAlign.IO.Checkpoints;
using FastAlign.Models;

namespace FastAlign;

/// <summary>The value network of a run: a checkpoint of its own, with the policy's vocabulary and a head of one score.</summary>
internal sealed class RunValues : IDisposable
{
    private readonly LoadedModel _loaded;

    private RunValues(LoadedModel loaded, ValueNetwork network) => (_loaded, Network) = (loaded, network);

    public ValueNetwork Network { get; }

    /// <summary>Hash of the weights it starts from.</summary>
    public string Hash => ParameterHash.Of(_loaded.Parameters).ToString("x32");

    /// <param name="folder">Hugging Face folder: a language model gets a new head, a reward model is trained further.</param>
    /// <param name="seed">Of a new head.</param>
    /// <param name="backend">The policy's.</param>
    /// <param name="policy">What learns.</param>
    /// <param name="maxLength">Longest sequence.</param>
    /// <param name="options">How it learns.</param>
    /// <exception cref="InputException">The model cannot be read, or does not fit the policy.</exception>
    public static RunValues Open(string folder, ulong seed, Backend backend, DecoderSpec policy, int maxLength, ValueOptions options)
    {
        LoadedModel loaded = HfCheckpoint.Load(folder, backend);
        if (loaded.Score is null)
        {
            loaded = NewScoreHead.Attach(loaded, 1, ScoreHeadKind.SequenceClassification, seed);
        }

        if (loaded.Spec.Vocab != policy.Vocab || loaded.Score is not { Labels: 1 })
        {
            (int vocab, int labels) = (loaded.Spec.Vocab, loaded.Score?.Labels ?? 0);
            loaded.Dispose();
            throw new InputException($"value_model: {folder}: expected the policy's vocabulary of {policy.Vocab} and a head of 1, found {vocab} and {labels}");
        }

        if (loaded.Spec.HasLearnedPositions && loaded.Spec.MaxPositions < maxLength)
        {
            int found = loaded.Spec.MaxPositions;
            loaded.Dispose();
            throw new InputException($"value_model: {folder}: expected {maxLength} positions, found {found}; a smaller max_length may help");
        }

        return new RunValues(loaded, new ValueNetwork(loaded.Spec, loaded.Parameters, maxLength, options));
    }

    /// <summary>Writes the trained network as a classifier of one label.</summary>
    public void Save(string folder) => HfCheckpoint.Save(folder, _loaded, new SaveOptions { ReplacesModel = true });

    public void Dispose()
    {
        Network.Dispose();
        _loaded.Dispose();
    }
}
