using FastAlign.Models;

namespace FastAlign.Alignment;

/// <summary>
/// Judged completions: the prompt once and the completion as its child; for KTO's KL a second child, the completion of another prompt. An example is one
/// sequence, or two.
/// </summary>
public sealed class UnpairedData : ITrainingData
{
    private readonly IReadOnlyList<UnpairedExample> _examples;
    private readonly IReadOnlyList<int[]>? _mismatched;
    private readonly int[][] _ofStep = [];
    private readonly int[] _partners = [];
    private readonly Func<int, int, int[]>? _completion;
    private double[]? _values;

    /// <param name="examples">Completions.</param>
    /// <param name="mismatched">For each example a completion of another prompt that is scored after its prompt too, see <see cref="MismatchedPairing"/>; null for none.</param>
    public UnpairedData(IReadOnlyList<UnpairedExample> examples, IReadOnlyList<int[]>? mismatched = null) => (_examples, _mismatched) = (examples, mismatched);

    /// <summary>With mismatched completions from each optimizer step itself, however the data are shuffled; until the first <see cref="Begin"/> from all examples.</summary>
    /// <param name="examples">Completions, at least two.</param>
    /// <param name="completion">What the completion of another example (second) is after the prompt of the first.</param>
    public UnpairedData(IReadOnlyList<UnpairedExample> examples, Func<int, int, int[]> completion)
    {
        (_examples, _completion, _partners, _ofStep) = (examples, completion, new int[examples.Count], new int[examples.Count][]);
        _mismatched = _ofStep;
        Begin([[.. Enumerable.Range(0, examples.Count)]]);
    }

    public IReadOnlyList<UnpairedExample> Examples => _examples;

    /// <summary>Says what the prompt of an example is worth, in units of reward: then losses see <see cref="Column.Value"/>.</summary>
    public void SetValue(int example, double value)
    {
        _values ??= new double[_examples.Count];
        _values[example] = value;
    }

    /// <summary>The mismatched completion of an example at present, or null.</summary>
    public int[]? MismatchedOf(int example) => _mismatched?[example];

    public int Count => _examples.Count;

    public void Begin(IReadOnlyList<int[]> step)
    {
        if (_completion is null)
        {
            return;
        }

        int[] all = [.. step.SelectMany(batch => batch)];
        MismatchedPairing.OfStep(_examples, all, _partners);
        foreach (int example in all)
        {
            _ofStep[example] = _completion(example, _partners[example]);
        }
    }

    /// <summary>The partner, where it changes from step to step.</summary>
    public int FormOf(int example) => _completion is null ? 0 : _partners[example];

    public HeadStatistics Statistics => HeadStatistics.Entropy | HeadStatistics.MeanLogit;

    public TokenBatch Build(ReadOnlySpan<int> indices)
    {
        var builder = new TokenBatchBuilder();
        foreach (int index in indices)
        {
            int prompt = builder.AddSegment(_examples[index].Prompt);
            AddCompletion(builder, _examples[index].Completion, prompt);
            if (_mismatched is not null)
            {
                AddCompletion(builder, _mismatched[index], prompt);
            }
        }

        return builder.Build();
    }

    public StepCounts Counts(ReadOnlySpan<int> indices)
    {
        long judged = 0;
        long other = 0;
        foreach (int index in indices)
        {
            judged += _examples[index].Completion.Length;
            other += _mismatched is null ? 0 : _mismatched[index].Length;
        }

        return new StepCounts((long)Stride * indices.Length, judged + other) { Examples = indices.Length, ChosenTokens = judged };
    }

    public void Fill(ReadOnlySpan<int> indices, ColumnSet columns)
    {
        int sequences = Stride * indices.Length;
        Span<double> labels = columns.Take(Column.Label, sequences);
        Span<double> rewards = columns.Take(Column.Reward, sequences);
        Span<double> rates = columns.Take(Column.PassRate, sequences);
        Span<double> probabilities = columns.Take(Column.DesirableProbability, sequences);
        for (int i = 0; i < indices.Length; i++)
        {
            UnpairedExample example = _examples[indices[i]];
            int s = Stride * i;
            labels.Slice(s, Stride).Fill(example.IsDesirable ? 1 : 0);
            rewards.Slice(s, Stride).Fill(example.Reward);
            rates.Slice(s, Stride).Fill(example.PassRate);
            probabilities.Slice(s, Stride).Fill(example.DesirableProbability);
        }

        if (_values is not null)
        {
            Span<double> values = columns.Take(Column.Value, sequences);
            for (int i = 0; i < indices.Length; i++)
            {
                values.Slice(Stride * i, Stride).Fill(_values[indices[i]]);
            }
        }
    }

    /// <summary>Prompts and completions; _mismatched completions do not count, as in TRL.</summary>
    public long TokenCount(ReadOnlySpan<int> indices)
    {
        long tokens = 0;
        foreach (int index in indices)
        {
            tokens += _examples[index].Prompt.Length + _examples[index].Completion.Length;
        }

        return tokens;
    }

    public int RowOf(int example) => _examples[example].Row;

    private int Stride => _mismatched is null ? 1 : 2;

    private static void AddCompletion(TokenBatchBuilder builder, ReadOnlySpan<int> completion, int prompt)
    {
        builder.ScoreFrom(builder.AddSegment(completion, prompt));
        builder.EndSequence();
    }
}
