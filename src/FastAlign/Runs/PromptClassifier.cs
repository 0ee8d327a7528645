using FastAlign.Alignment;
using FastAlign.Core;
using FastAlign.IO.Checkpoints;
using FastAlign.Models;

namespace FastAlign;

/// <summary>
/// How likely a prompt comes with a desirable completion: logistic regression on the mean hidden state of its tokens under the model that training starts
/// from. BCO's density ratios; TRL asks an embedding model of the user's for the features.
/// </summary>
internal sealed class PromptClassifier : IDisposable
{
    // Of each class, as in TRL (prompt_sample_size 1024).
    private const int MostPrompts = 512;

    private readonly DecoderModel _model;
    private readonly Arena _arena;
    private readonly DecoderActivations _nothing = new();
    private readonly LogisticClassifier _classifier;

    /// <param name="model">The model that training starts from.</param>
    /// <param name="maxLength">Longest sequence.</param>
    /// <param name="train">Completions to learn from.</param>
    /// <param name="all">Every completion that will be asked about.</param>
    /// <exception cref="InputException">All completions are of one class.</exception>
    public PromptClassifier(LoadedModel model, int maxLength, IReadOnlyList<UnpairedExample> train, IEnumerable<UnpairedExample> all)
    {
        UnpairedExample[] sample = [.. Spread([.. train.Where(e => e.IsDesirable)]), .. Spread([.. train.Where(e => !e.IsDesirable)])];
        if (sample.All(e => e.IsDesirable) || !sample.Any(e => e.IsDesirable))
        {
            throw new InputException("udm: expected desirable and undesirable completions, found one class only");
        }

        _model = new DecoderModel(model.Spec, model.Parameters, maxLength);
        _arena = new Arena(_model.Backend, ForwardBytes(_model, all.MaxBy(e => e.Prompt.Length)!.Prompt));
        _classifier = LogisticClassifier.Fit([.. sample.Select(e => Embedding(e.Prompt))], [.. sample.Select(e => e.IsDesirable)]);
    }

    /// <summary>The completions with the probabilities of their prompts.</summary>
    public UnpairedExample[] Annotate(IReadOnlyList<UnpairedExample> examples) =>
        [.. examples.Select(e => e with { DesirableProbability = _classifier.Probability(Embedding(e.Prompt)) })];

    public void Dispose()
    {
        _arena.Dispose();
        _model.Dispose();
    }

    /// <summary>At most <see cref="MostPrompts"/>, evenly spread.</summary>
    private static IEnumerable<UnpairedExample> Spread(UnpairedExample[] examples)
    {
        int count = Math.Min(MostPrompts, examples.Length);
        return Enumerable.Range(0, count).Select(i => examples[(int)((long)i * examples.Length / count)]);
    }

    private double[] Embedding(int[] prompt)
    {
        _arena.Reset();
        int c = _model.Spec.Hidden;
        double[] hidden = new double[prompt.Length * c];
        _model.Backend.DownloadReal(_model.Forward(BatchTensors.Upload(BatchOf(prompt), _arena), ActivationMode.None, _nothing, _arena), hidden);
        double[] mean = new double[c];
        for (int i = 0; i < hidden.Length; i++)
        {
            mean[i % c] += hidden[i] / prompt.Length;
        }

        return mean;
    }

    private static TokenBatch BatchOf(int[] prompt)
    {
        var builder = new TokenBatchBuilder();
        builder.AddSegment(prompt);
        for (int i = 0; i < prompt.Length; i++)
        {
            builder.AddRow(i, 0);
        }

        builder.EndSequence();
        return builder.Build();
    }

    private static long ForwardBytes(DecoderModel model, int[] longest)
    {
        using var nothing = new NullBackend(model.Backend);
        using var weights = new ParameterSet(nothing, model.Parameters.Specs);
        using var twin = new DecoderModel(model.Spec, weights, model.MaxLength);
        using var arena = new Arena(nothing, Arena.Unlimited);
        twin.Forward(BatchTensors.Upload(BatchOf(longest), arena), ActivationMode.None, new DecoderActivations(), arena);
        return arena.HighWaterBytes;
    }
}
