using FastAlign.Core;
using FastAlign.Models;

namespace FastAlign.Alignment;

/// <summary>
/// Recorded rollouts: one example per completion. Completions of one group that come in one micro-batch share their prompt. Advantages and old log-probs are set
/// from outside, because they depend on rewards and on a policy.
/// </summary>
/// <remarks>
/// Rollouts are worked through batch by batch, each batch several times, as TRL does (<c>num_iterations</c>): example i of this data is a visit to a rollout.
/// </remarks>
public sealed class RolloutData : ITrainingData
{
    private readonly IReadOnlyList<RolloutExample> _rollouts;
    private readonly int _batch;
    private readonly int _iterations;
    private readonly double[]?[] _old;
    private readonly double[]?[] _tokenAdvantages;
    private readonly double[]?[] _tokenRatios;
    private readonly double[] _sequenceRatios;
    private readonly double[] _advantages;
    private readonly double[] _meanTokens;

    /// <param name="rollouts">In file order.</param>
    /// <param name="batch">Rollouts per batch; 0 makes one batch of all.</param>
    /// <param name="iterations">Visits to each batch, at least 1.</param>
    public RolloutData(IReadOnlyList<RolloutExample> rollouts, int batch = 0, int iterations = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(batch);
        ArgumentOutOfRangeException.ThrowIfLessThan(iterations, 1);
        (_rollouts, _batch, _iterations) = (rollouts, batch == 0 ? Math.Max(1, rollouts.Count) : batch, iterations);
        (_old, _tokenAdvantages, _tokenRatios) = (new double[rollouts.Count][], new double[rollouts.Count][], new double[rollouts.Count][]);
        (_advantages, _sequenceRatios, _meanTokens) = (new double[rollouts.Count], new double[rollouts.Count], new double[rollouts.Count]);
        Array.Fill(_sequenceRatios, 1);
        for (int start = 0; start < rollouts.Count; start += _batch)
        {
            int end = Math.Min(start + _batch, rollouts.Count);
            double mean = Enumerable.Range(start, end - start).Average(i => rollouts[i].Rows);
            Array.Fill(_meanTokens, mean, start, end - start);
        }
    }

    /// <summary>The completions themselves.</summary>
    public IReadOnlyList<RolloutExample> Rollouts => _rollouts;

    /// <summary>Visits.</summary>
    public int Count => _rollouts.Count * _iterations;

    public HeadStatistics Statistics => HeadStatistics.Entropy;

    /// <summary>Tokens up to the first stop token, that one included; all of them if there is none.</summary>
    public static int LengthThrough(ReadOnlySpan<int> ids, int stop)
    {
        int at = ids.IndexOf(stop);
        return at < 0 ? ids.Length : at + 1;
    }

    /// <summary>Which rollout a visit goes to.</summary>
    public int RolloutOf(int example)
    {
        int block = example / (_batch * _iterations);
        int size = Math.Min(_batch, _rollouts.Count - (block * _batch));
        return (block * _batch) + ((example - (block * _batch * _iterations)) % size);
    }

    /// <summary>Sets the advantage of every token of a rollout, in the unit of the reward.</summary>
    public void SetAdvantage(int rollout, double advantage) => _advantages[rollout] = advantage;

    /// <summary>Sets the advantages of the tokens of a rollout; then all rollouts must have them.</summary>
    public void SetTokenAdvantages(int rollout, double[] advantages) => _tokenAdvantages[rollout] = PerToken(rollout, advantages);

    /// <summary>Sets the log-probs under the old policy, one per token of the completion; rollouts without them are taken as sampled by the policy itself.</summary>
    public void SetOldLogProbs(int rollout, double[] logProbs) => _old[rollout] = PerToken(rollout, logProbs);

    /// <summary>Whether all rollouts have old log-probs.</summary>
    public bool HasOldLogProbs => Array.TrueForAll(_old, one => one is not null);

    /// <summary>Old log-probs of a rollout, or null.</summary>
    public double[]? OldLogProbs(int rollout) => _old[rollout];

    /// <summary>Corrects for the engine that sampled, where a rollout has its log-probs. Needs old log-probs.</summary>
    /// <param name="mode">How the ratio enters.</param>
    /// <param name="least">Lower bound; 0 for none.</param>
    /// <param name="most">Upper bound; infinite for none.</param>
    public void Correct(ImportanceMode mode, double least, double most)
    {
        for (int i = 0; i < _rollouts.Count; i++)
        {
            if (_rollouts[i].SamplingLogProbs is { } sampled && _old[i] is { } old)
            {
                double[] ratios = new double[ImportanceCorrection.IsPerSequence(mode) ? 1 : old.Length];
                if (ImportanceCorrection.IsPerSequence(mode))
                {
                    ImportanceCorrection.Sequences(old, sampled, [0, old.Length], mode, least, most, ratios);
                    _sequenceRatios[i] = ratios[0];
                }
                else
                {
                    ImportanceCorrection.Tokens(old, sampled, mode, least, most, ratios);
                    _tokenRatios[i] = ratios;
                }
            }
        }
    }

    public TokenBatch Build(ReadOnlySpan<int> examples)
    {
        var builder = new TokenBatchBuilder();
        var prompts = new Dictionary<int, int>();
        foreach (int example in examples)
        {
            RolloutExample rollout = _rollouts[RolloutOf(example)];
            if (!prompts.TryGetValue(rollout.Group, out int prompt))
            {
                prompt = builder.AddSegment(rollout.Prompt);
                prompts.Add(rollout.Group, prompt);
            }

            int completion = builder.AddSegment(rollout.Completion, prompt);
            if (rollout.IsScored)
            {
                builder.ScoreFrom(completion);
            }

            builder.EndSequence();
        }

        return builder.Build();
    }

    public StepCounts Counts(ReadOnlySpan<int> examples)
    {
        long tokens = 0;
        double mean = 0;
        foreach (int example in examples)
        {
            tokens += _rollouts[RolloutOf(example)].Rows;
            mean += _meanTokens[RolloutOf(example)];
        }

        return new StepCounts(examples.Length, tokens) { Examples = examples.Length, ChosenTokens = tokens, RolloutTokens = mean };
    }

    public void Fill(ReadOnlySpan<int> examples, ColumnSet columns)
    {
        if (_tokenAdvantages[0] is not null)
        {
            FillRows(examples, columns.Take(Column.Advantage, RowCount(examples)), _tokenAdvantages, 0);
        }

        if (_old[0] is not null)
        {
            FillRows(examples, columns.Take(Column.OldLogProb, RowCount(examples)), _old, 0);
        }

        if (Array.Exists(_tokenRatios, one => one is not null))
        {
            FillRows(examples, columns.Take(Column.ImportanceRatio, RowCount(examples)), _tokenRatios, 1);
        }

        FillSequences(examples, columns.Take(Column.SequenceAdvantage, examples.Length), _advantages);
        if (Array.Exists(_sequenceRatios, one => one != 1))
        {
            FillSequences(examples, columns.Take(Column.SequenceImportanceRatio, examples.Length), _sequenceRatios);
        }

        if (_rollouts[0].SamplingLogProbs is not null)
        {
            FillSampled(examples, columns.Take(Column.SamplingLogProb, RowCount(examples)));
        }
    }

    public long TokenCount(ReadOnlySpan<int> examples)
    {
        long tokens = 0;
        foreach (int example in examples)
        {
            RolloutExample rollout = _rollouts[RolloutOf(example)];
            tokens += rollout.Prompt.Length + rollout.Completion.Length;
        }

        return tokens;
    }

    public int RowOf(int example) => _rollouts[RolloutOf(example)].Row;

    private int RowCount(ReadOnlySpan<int> examples)
    {
        int rows = 0;
        foreach (int example in examples)
        {
            rows += _rollouts[RolloutOf(example)].Rows;
        }

        return rows;
    }

    private void FillRows(ReadOnlySpan<int> examples, Span<double> rows, double[]?[] values, double otherwise)
    {
        foreach (int example in examples)
        {
            int rollout = RolloutOf(example);
            Span<double> own = rows[.._rollouts[rollout].Rows];
            if (values[rollout] is { } given)
            {
                given.AsSpan(0, own.Length).CopyTo(own);
            }
            else
            {
                own.Fill(otherwise);
            }

            rows = rows[own.Length..];
        }
    }

    private void FillSampled(ReadOnlySpan<int> examples, Span<double> rows)
    {
        foreach (int example in examples)
        {
            RolloutExample rollout = _rollouts[RolloutOf(example)];
            Span<double> own = rows[..rollout.Rows];
            (rollout.SamplingLogProbs ?? _old[RolloutOf(example)]).AsSpan(0, own.Length).CopyTo(own);
            rows = rows[own.Length..];
        }
    }

    private void FillSequences(ReadOnlySpan<int> examples, Span<double> values, double[] from)
    {
        for (int i = 0; i < examples.Length; i++)
        {
            values[i] = from[RolloutOf(examples[i])];
        }
    }

    private double[] PerToken(int rollout, double[] values) => values.Length == _rollouts[rollout].Completion.Length
        ? values
        : throw new ShapeException($"[rollout {rollout}] expected one number for each of {_rollouts[rollout].Completion.Length} tokens, got {values.Length}");
}
