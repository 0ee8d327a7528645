using FastAlign.Core;

namespace FastAlign.Models;

/// <summary>
/// Bookkeeping of a generation: which cache rows belong to which prompt and sample, which samples are still active, what they have said.
/// Prompts are root segments of the cache; each sample is a child segment of its prompt that grows by one token a step.
/// </summary>
internal sealed class DecodePlan
{
    private readonly IReadOnlyList<int[]> _prompts;
    private readonly GenerationOptions _options;
    private readonly Segment[] _segments;
    private readonly List<int>[] _ids;
    private readonly List<double>[] _logProbs;
    private readonly bool[] _isStopped;
    private int[] _logitRows;
    private int[] _chosen;
    private int[] _cacheRows;

    public DecodePlan(IReadOnlyList<int[]> prompts, GenerationOptions options)
    {
        (_prompts, _options) = (prompts, options);
        Count = prompts.Count * options.SamplesPerPrompt;
        PromptTokens = prompts.Sum(p => p.Length);
        CacheRows = PromptTokens + (Count * options.MaxNewTokens);
        _segments = new Segment[prompts.Count + Count];
        int start = 0;
        for (int p = 0; p < prompts.Count; p++)
        {
            _segments[p] = new Segment(start, prompts[p].Length, -1);
            start += prompts[p].Length;
        }

        for (int s = 0; s < Count; s++)
        {
            _segments[prompts.Count + s] = new Segment(start, 0, PromptOf(s));
            start += options.MaxNewTokens;
        }

        _ids = [.. Enumerable.Range(0, Count).Select(_ => new List<int>())];
        _logProbs = [.. Enumerable.Range(0, Count).Select(_ => new List<double>())];
        _isStopped = new bool[Count];
        Active = [.. Enumerable.Range(0, Count)];
        _logitRows = [.. Active.Select(PromptOf)];
        _chosen = new int[Count];
        _cacheRows = [.. Enumerable.Range(0, PromptTokens)];
    }

    /// <summary>Continuations in all.</summary>
    public int Count { get; }

    public int PromptTokens { get; }

    /// <summary>Rows the cache needs.</summary>
    public int CacheRows { get; }

    /// <summary>Continuations not yet finished.</summary>
    public List<int> Active { get; }

    /// <summary>Cache row of each token of the present batch.</summary>
    public ReadOnlySpan<int> BatchCacheRows => _cacheRows;

    /// <summary>Row of logits of each active continuation: its prompt's at first, then its own.</summary>
    public ReadOnlySpan<int> LogitRows => _logitRows;

    /// <summary>Whether row i of logits is that of active continuation i.</summary>
    public bool HasRowEach { get; private set; }

    /// <summary>Tokens drawn in this step.</summary>
    public ReadOnlySpan<int> Chosen => _chosen;

    public int LogitRow(int active) => _logitRows[active];

    public int Length(int sample) => _ids[sample].Count;

    public void Choose(int active, int token) => _chosen[active] = token;

    /// <summary>The prompts, as one batch; the last token of each predicts.</summary>
    public TokenBatch Prefill()
    {
        var builder = new TokenBatchBuilder();
        for (int p = 0; p < _prompts.Count; p++)
        {
            builder.AddSegment(_prompts[p]);
            builder.AddRow(_segments[p].Start + _segments[p].Length - 1, 0);
            builder.EndSequence();
        }

        return builder.Build();
    }

    /// <summary>Appends what was drawn, with its log-probs.</summary>
    /// <exception cref="RunException">A log-prob is not finite: every logit of a row is in its normaliser, so one that is not finite shows here.</exception>
    public void Record(ReadOnlySpan<double> logProbs)
    {
        for (int i = 0; i < Active.Count; i++)
        {
            if (!double.IsFinite(logProbs[i]))
            {
                throw new RunException(
                    $"prompt {PromptOf(Active[i])}, new token {_ids[Active[i]].Count}: its log-prob is {logProbs[i]}; the weights hold values that are not finite, or overflow");
            }

            _ids[Active[i]].Add(_chosen[i]);
            _logProbs[Active[i]].Add(logProbs[i]);
        }
    }

    /// <summary>Retires finished continuations; false when none is left.</summary>
    public bool Advance()
    {
        for (int i = Active.Count - 1; i >= 0; i--)
        {
            int sample = Active[i];
            _isStopped[sample] = _options.StopIds.Contains(_ids[sample][^1]);
            if (_isStopped[sample] || _ids[sample].Count == _options.MaxNewTokens)
            {
                Active.RemoveAt(i);
            }
        }

        return Active.Count > 0;
    }

    /// <summary>One token per active continuation, each at the end of its cache segment.</summary>
    public TokenBatch Decode()
    {
        int n = Active.Count;
        int[] ids = new int[n];
        int[] positions = new int[n];
        int[] rows = new int[n];
        var runs = new QueryRun[n];
        _cacheRows = new int[n];
        int maxLength = 0;
        for (int i = 0; i < n; i++)
        {
            int sample = Active[i];
            int segment = _prompts.Count + sample;
            int offset = _ids[sample].Count - 1;
            _segments[segment] = _segments[segment] with { Length = offset + 1 };
            ids[i] = _ids[sample][^1];
            positions[i] = _prompts[PromptOf(sample)].Length + offset;
            rows[i] = i;
            runs[i] = new QueryRun(i, 1, segment, offset);
            _cacheRows[i] = _segments[segment].Start + offset;
            maxLength = Math.Max(maxLength, positions[i] + 1);
        }

        (_logitRows, HasRowEach) = (rows, true);
        _chosen = new int[n];
        return new TokenBatch(ids, positions, new AttentionLayout(_segments, runs), rows, new int[n], [.. Enumerable.Range(0, n + 1)]) { MaxLength = maxLength };
    }

    public IReadOnlyList<Continuation> Results() =>
        [.. Enumerable.Range(0, Count).Select(s => new Continuation(PromptOf(s), _ids[s], _logProbs[s], _isStopped[s]))];

    private int PromptOf(int sample) => sample / _options.SamplesPerPrompt;
}
