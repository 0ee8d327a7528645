using FastAlign.Core;
using FastAlign.IO.Tokenizers;
using FastAlign.Models;

namespace FastAlign.Studies;

/// <summary>Prompts and completions drawn from the untrained policy: what the synthetic part trains on and is judged by.</summary>
internal sealed class StoryWorld
{
    /// <summary>Longest sequence: beginning-of-sequence, prompt and completion.</summary>
    public const int MaxLength = 1 + PromptTokens + CompletionTokens;

    /// <summary>Completions of each training prompt.</summary>
    public const int Candidates = 4;

    private const int PromptTokens = 15;
    private const int CompletionTokens = 48;
    private const ulong PromptSeed = 1;
    private const ulong CompletionSeed = 2;
    private const ulong ProbeSeed = 3;

    private readonly Tokenizer _tokenizer;
    private readonly int _stop;

    public StoryWorld(DecoderModel policy, Tokenizer tokenizer, int trainPrompts, int heldOutPrompts)
    {
        _tokenizer = tokenizer;
        int start = tokenizer.BosToken!.Value.Id;
        _stop = tokenizer.EosToken!.Value.Id;
        int count = trainPrompts + heldOutPrompts;
        var beginnings = new GenerationOptions { MaxNewTokens = PromptTokens, SamplesPerPrompt = count, Sampling = new SamplingOptions { Temperature = 1, Seed = PromptSeed } };
        int[][] prompts = [.. new Generator(policy).Generate([[start]], beginnings).Select(one => (int[])[start, .. one.Ids])];
        IReadOnlyList<Continuation> completions = Continue(policy, prompts, Candidates, CompletionSeed);
        Story[] stories = new Story[count];
        for (int i = 0; i < count; i++)
        {
            Continuation[] own = [.. Enumerable.Range(i * Candidates, Candidates).Select(c => completions[c])];
            stories[i] = new Story(
                i,
                prompts[i],
                [.. own.Select(one => one.Ids.ToArray())],
                [.. own.Select(one => one.LogProbs.ToArray())],
                [.. own.Select(one => Gold(prompts[i], one.Ids))]);
        }

        (Train, HeldOut) = (stories[..trainPrompts], stories[trainPrompts..]);
    }

    public Story[] Train { get; }

    public Story[] HeldOut { get; }

    /// <summary>The training pairs as the noisy judge ordered them.</summary>
    public PreferenceExample[] Pairs()
    {
        var judge = new Philox(0, RandomPurpose.DataOrder, 0);
        return [.. Train.Select((story, i) => story.Judged(judge.Uniform((ulong)i)))];
    }

    /// <summary>One sample for each held-out prompt, the same draws for every policy.</summary>
    public IReadOnlyList<Continuation> Probe(DecoderModel policy) => Continue(policy, [.. HeldOut.Select(story => story.Prompt)], 1, ProbeSeed);

    /// <summary>Gold score of a completion.</summary>
    public double Gold(int[] prompt, IEnumerable<int> completion)
    {
        string before = _tokenizer.Decode(prompt, skipSpecialTokens: true);
        return GoldRule.Score(_tokenizer.Decode([.. prompt, .. completion], skipSpecialTokens: true)[before.Length..]);
    }

    private IReadOnlyList<Continuation> Continue(DecoderModel policy, int[][] prompts, int samples, ulong seed) => new Generator(policy).Generate(
        prompts,
        new GenerationOptions { MaxNewTokens = CompletionTokens, SamplesPerPrompt = samples, StopIds = [_stop], Sampling = new SamplingOptions { Temperature = 1, Seed = seed } });
}
