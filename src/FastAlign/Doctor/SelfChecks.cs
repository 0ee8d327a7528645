using FastAlign.Alignment;
using FastAlign.Core;
using FastAlign.Cpu;
using FastAlign.IO.Checkpoints;
using FastAlign.IO.Datasets;
using FastAlign.IO.Tokenizers;
using FastAlign.Models;

namespace FastAlign;

/// <summary>
/// The engine's promises, tried on a user's own model and preference pairs: step-0 loss, packing, prompt sharing, threads, decoding, saving. Each is an
/// equality of bits; the detail says by how much it fails.
/// </summary>
public sealed class SelfChecks : IDisposable
{
    private const int Pairs = 4;
    private const int NewTokens = 16;

    private readonly CpuBackend _backend;
    private readonly LoadedModel _model;
    private readonly PreferenceExample[] _pairs;
    private readonly int _maxLength;

    /// <param name="modelFolder">Hugging Face folder.</param>
    /// <param name="dataset">Preference pairs; the first few are used.</param>
    /// <param name="maxLength">Longest sequence.</param>
    /// <param name="threads">Host threads; 0 takes all processors.</param>
    /// <exception cref="InputException">Model or data are wrong.</exception>
    public SelfChecks(string modelFolder, string dataset, int maxLength = 512, int threads = 0)
    {
        _backend = new CpuBackend(threads);
        _model = HfCheckpoint.Load(modelFolder, _backend);
        Tokenizer tokenizer = Tokenizer.Load(modelFolder);
        DataRow[] rows = DataFile.Read(dataset, 8 * Pairs);
        _pairs = [.. PreferenceDataset.Build(rows, new RowTokenizer(tokenizer), new PreferenceOptions { MaxLength = maxLength }).Examples.Take(Pairs)];
        VocabularyCheck.Run(new PreferenceData(_pairs), _model.Spec.Vocab, dataset, tokenizer);
        _maxLength = _pairs.Max(p => p.Prompt.Length + Math.Max(Math.Max(p.Chosen.Length, p.Rejected.Length), NewTokens));
    }

    /// <summary>Device and instruction set.</summary>
    public string Backend => _backend.Name;

    /// <summary>Runs every check, one after the other.</summary>
    public IEnumerable<SelfCheck> Run()
    {
        double[] together = LogProbs(_backend, _model.Parameters, new PreferenceData(_pairs));
        yield return StepZero();
        yield return Same("packed = alone", together, [.. _pairs.SelectMany(p => LogProbs(_backend, _model.Parameters, new PreferenceData([p])))]);
        yield return Same("shared = unshared prompt", together, LogProbs(_backend, _model.Parameters, new PreferenceData(_pairs, isPromptShared: false)));
        yield return Threads(together);
        yield return Decoding();
        yield return RoundTrip(together);
    }

    public void Dispose()
    {
        _model.Dispose();
        _backend.Dispose();
    }

    /// <summary>Policy and reference have the same weights: all log-ratios are 0 and the loss is ln 2, exactly.</summary>
    private SelfCheck StepZero()
    {
        using ParameterSet frozen = _model.Parameters.Clone();
        using var reference = new DecoderModel(_model.Spec, frozen, _maxLength);
        var task = new TrainingTask(new PreferenceData(_pairs), PairLosses.Dpo(new DpoOptions()), new FrozenReference(reference));
        var options = new TrainingOptions { BatchSize = _pairs.Length, MaxSteps = 1, IsShuffled = false };
        using var trainer = new Trainer(_model.Spec, _model.Parameters, _maxLength, task, null, options with { LearningRate = 0 });
        double loss = trainer.Step()["loss"];
        double worst = 0;
        int rows = _pairs.Sum(p => p.Chosen.Length + p.Rejected.Length);
        for (int r = 0; r < rows; r++)
        {
            worst = Math.Max(worst, Math.Abs(trainer.Pass.LogProbs[r] - trainer.Pass.ReferenceLogProbs[r]));
        }

        return new SelfCheck("step-0 loss is ln 2", loss == Math.Log(2) && worst == 0, $"loss {loss:R}, largest log-ratio {worst:R} over {rows} tokens");
    }

    private SelfCheck Threads(double[] expected)
    {
        using var other = new CpuBackend(_backend.Threads == 1 ? 2 : 1);
        using var copy = new ParameterSet(other, _model.Parameters.Specs);
        float[] values = new float[_model.Parameters.All.Length];
        _backend.Download<float>(_model.Parameters.All, values);
        other.Upload<float>(values, copy.All);
        return Same($"{_backend.Threads} threads = {other.Threads}", expected, LogProbs(other, copy, new PreferenceData(_pairs)));
    }

    /// <summary>Log-probs recorded while decoding against a training forward over the same tokens.</summary>
    private SelfCheck Decoding()
    {
        using var decoder = new DecoderModel(_model.Spec, _model.Parameters, _maxLength);
        int[][] prompts = [.. _pairs.Select(p => p.Prompt)];
        var options = new GenerationOptions { MaxNewTokens = NewTokens, Sampling = new SamplingOptions { Temperature = 1 } };
        IReadOnlyList<Continuation> said = new Generator(decoder).Generate(prompts, options);
        PreferenceExample[] asPairs = [.. said.Select((c, i) => new PreferenceExample(i, prompts[i], [.. c.Ids], [.. c.Ids]))];
        double[] training = LogProbs(_backend, _model.Parameters, new PreferenceData(asPairs));
        return Same("decoding = training", [.. said.SelectMany(c => c.LogProbs.Concat(c.LogProbs))], training);
    }

    private SelfCheck RoundTrip(double[] expected)
    {
        string folder = Path.Combine(Path.GetTempPath(), $"fastalign-doctor-{Environment.ProcessId}");
        try
        {
            HfCheckpoint.Save(folder, _model);
            using LoadedModel again = HfCheckpoint.Load(folder, _backend);
            return Same("saved and loaded", expected, LogProbs(_backend, again.Parameters, new PreferenceData(_pairs)));
        }
        finally
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    private double[] LogProbs(Backend backend, ParameterSet parameters, PreferenceData data) => ForwardPass.LogProbs(backend, _model.Spec, parameters, data);

    private static SelfCheck Same(string name, double[] expected, double[] actual)
    {
        double worst = expected.Length == actual.Length ? 0 : double.PositiveInfinity;
        for (int i = 0; i < Math.Min(expected.Length, actual.Length); i++)
        {
            worst = Math.Max(worst, Math.Abs(expected[i] - actual[i]));
        }

        return new SelfCheck(name, worst == 0, $"largest difference {worst:R} over {expected.Length} log-probs");
    }
}
