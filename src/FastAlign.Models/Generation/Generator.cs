using FastAlign.Core;

namespace FastAlign.Models;

/// <summary>A finished continuation.</summary>
/// <param name="Prompt">Index of its prompt.</param>
/// <param name="Ids">New tokens, the stop token included.</param>
/// <param name="LogProbs">Log-prob of each under the unprocessed distribution, nats: the same bits as the training forward's.</param>
/// <param name="IsStopped">A stop token ended it, not the length.</param>
public sealed record Continuation(int Prompt, IReadOnlyList<int> Ids, IReadOnlyList<double> LogProbs, bool IsStopped);

/// <summary>Lengths, stops and sampling of a generation.</summary>
public sealed record GenerationOptions
{
    public int MaxNewTokens { get; init; } = 64;

    /// <summary>Continuations per prompt; the prompt's keys and values are computed once and shared.</summary>
    public int SamplesPerPrompt { get; init; } = 1;

    /// <summary>Tokens that end a continuation.</summary>
    public IReadOnlyList<int> StopIds { get; init; } = [];

    public SamplingOptions Sampling { get; init; } = new();
}

/// <summary>
/// Autoregressive decoding with a key-value cache. Decoding runs the model's own forward on the new tokens only, with attention over the cache;
/// hidden states and log-probs have the bits of a training forward over the whole sequence.
/// </summary>
public sealed class Generator(DecoderModel model)
{
    /// <summary>Continues every prompt.</summary>
    /// <param name="prompts">Token ids, at least one each.</param>
    /// <param name="options">Lengths, stops, sampling.</param>
    /// <param name="onToken">Called with (continuation index, token) as tokens appear; may be null.</param>
    /// <param name="cancellation">Ends generation early; what is there so far is returned.</param>
    /// <returns>Continuations, prompt by prompt, samples together.</returns>
    /// <exception cref="InputException">An option is out of range, or a prompt is empty, too long or holds an unknown token.</exception>
    /// <exception cref="RunException">The model gives logits that are not finite.</exception>
    public IReadOnlyList<Continuation> Generate(
        IReadOnlyList<int[]> prompts, GenerationOptions options, Action<int, int>? onToken = null, CancellationToken cancellation = default)
    {
        options.Sampling.Check();
        Check(prompts, options);
        if (prompts.Count == 0)
        {
            return [];
        }

        var plan = new DecodePlan(prompts, options);
        using var step = new DecodeStep(model, plan, PlanStep(prompts, options));
        var sampler = new Sampler(options.Sampling, model.Spec.Vocab);
        double[] row = new double[model.Spec.Vocab];
        TokenBatch batch = plan.Prefill();
        while (true)
        {
            step.Forward(batch);
            for (int i = 0; i < plan.Active.Count; i++)
            {
                int sample = plan.Active[i];
                step.ReadLogits(plan.LogitRow(i), row);
                int token = sampler.Next(row, sample, plan.Length(sample));
                plan.Choose(i, token);
                onToken?.Invoke(sample, token);
            }

            plan.Record(step.Score());
            if (!plan.Advance() || cancellation.IsCancellationRequested)
            {
                return plan.Results();
            }

            batch = plan.Decode();
        }
    }

    /// <summary>Arena bytes of the widest step: prefill, or all samples at once, run dry.</summary>
    private long PlanStep(IReadOnlyList<int[]> prompts, GenerationOptions options)
    {
        using var nothing = new NullBackend(model.Backend);
        using var parameters = new ParameterSet(nothing, model.Parameters.Specs);
        using var twin = new DecoderModel(model.Spec, parameters, model.MaxLength);
        var plan = new DecodePlan(prompts, options);
        using var step = new DecodeStep(twin, plan, Arena.Unlimited);
        step.Forward(plan.Prefill());
        plan.Record(step.Score());
        step.Forward(plan.Decode());
        step.Score();
        return step.HighWaterBytes;
    }

    private void Check(IReadOnlyList<int[]> prompts, GenerationOptions options)
    {
        if (options.MaxNewTokens < 1 || options.SamplesPerPrompt < 1)
        {
            throw new InputException($"max_new_tokens and samples: expected at least 1, found {options.MaxNewTokens} and {options.SamplesPerPrompt}");
        }

        // Rows of the key-value cache are numbered by an int.
        long rows = prompts.Sum(p => (long)p.Length) + ((long)prompts.Count * options.SamplesPerPrompt * options.MaxNewTokens);
        if (rows > int.MaxValue)
        {
            throw new InputException($"max_new_tokens and samples: expected at most {int.MaxValue} tokens in all, found {options.SamplesPerPrompt} samples of {options.MaxNewTokens} for {prompts.Count} prompts");
        }

        for (int p = 0; p < prompts.Count; p++)
        {
            if (prompts[p].Length == 0)
            {
                throw new InputException($"prompt {p}: expected at least one token, found none (a tokenizer that adds a BOS token gives one)");
            }

            if ((long)prompts[p].Length + options.MaxNewTokens > model.MaxLength)
            {
                throw new InputException(
                    $"prompt {p}: {prompts[p].Length} tokens and {options.MaxNewTokens} new ones exceed the {model.MaxLength} positions of the model");
            }

            if (Array.FindIndex(prompts[p], id => (uint)id >= (uint)model.Spec.Vocab) is >= 0 and int bad)
            {
                throw new InputException($"prompt {p}: token {bad}: expected an id below the vocabulary of {model.Spec.Vocab}, found {prompts[p][bad]}");
            }
        }
    }
}
