using System.Diagnostics;
using FastAlign.Alignment;
using FastAlign.Core;
using FastAlign.Models;

namespace FastAlign.Workloads;

/// <summary>Samples of one prompt, decoded together with a key-value cache. What is timed begins with the first new token: prefill is outside.</summary>
public sealed class DecodeWorkload : IWorkload
{
    private readonly Backend _backend;
    private readonly ParameterSet _parameters;
    private readonly DecoderModel _model;
    private readonly Generator _generator;
    private readonly int[] _prompt;
    private readonly GenerationOptions _options;
    private IReadOnlyList<Continuation> _said = [];

    /// <param name="backend">Where.</param>
    /// <param name="spec">The model.</param>
    /// <param name="batch">Samples.</param>
    /// <param name="promptTokens">Tokens of the prompt.</param>
    /// <param name="newTokens">Tokens of each sample; at least 2, of which all but the first are timed.</param>
    /// <param name="isBrainFloat">Whether matrices are stored as BF16, if the backend reads them.</param>
    public DecodeWorkload(Backend backend, DecoderSpec spec, int batch, int promptTokens, int newTokens, bool isBrainFloat = false)
    {
        _backend = backend;
        _parameters = ModelShapes.RandomWeights(spec, backend, isBrainFloat && backend.ReadsBrainFloatWeights);
        _model = new DecoderModel(spec, _parameters, promptTokens + newTokens);
        _generator = new Generator(_model);
        _prompt = ModelShapes.RandomTokens(spec, promptTokens, 0);
        _options = new GenerationOptions { MaxNewTokens = newTokens, SamplesPerPrompt = batch, Sampling = new SamplingOptions { Temperature = 1 } };
    }

    public double Run(Action? onStart = null)
    {
        int first = _options.SamplesPerPrompt;
        long start = 0;
        _said = _generator.Generate([_prompt], _options, (_, _) =>
        {
            if (--first == 0)
            {
                onStart?.Invoke();
                start = Stopwatch.GetTimestamp();
            }
        });
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>The log-probs recorded while decoding against a training forward over the same tokens: equal bits.</summary>
    public string? Check()
    {
        PreferenceExample[] pairs = [.. _said.Select((c, i) => new PreferenceExample(i, _prompt, [.. c.Ids], [.. c.Ids]))];
        double[] decoded = [.. _said.SelectMany(static c => c.LogProbs.Concat(c.LogProbs))];
        int differing = 0;
        int at = 0;
        foreach (PreferenceExample pair in pairs)
        {
            foreach (double logProb in ForwardPass.LogProbs(_backend, _model.Spec, _parameters, new PreferenceData([pair])))
            {
                differing += logProb == decoded[at++] ? 0 : 1;
            }
        }

        return differing == 0 && at == decoded.Length ? null : $"{differing} of {at} log-probs differ from a training forward over the same tokens";
    }

    public void Dispose()
    {
        _model.Dispose();
        _parameters.Dispose();
    }
}
