using FastAlign.Alignment;
using FastAlign.Core;
using FastAlign.IO.Checkpoints;
using FastAlign.IO.Datasets;
using FastAlign.IO.Tokenizers;
using FastAlign.Models;

namespace FastAlign;

/// <summary>
/// A reward model on pairs, rankings or labels, or a process reward model on steps: loss and accuracy, calibration, and how far scores follow length.
/// Intervals are over examples.
/// </summary>
internal sealed class RewardEvaluation(EvaluationOptions options, LoadedModel model, RowTokenizer tokenizer)
{
    private const ulong IntervalSeed = 0;

    private readonly EvaluationPass _pass = new(options, model, null, tokenizer.Tokenizer);
    private readonly List<double> _scores = [];
    private readonly List<double> _tokens = [];
    private readonly List<int> _starts = [0];

    /// <exception cref="InputException">Rows of another shape, or a head that does not fit them.</exception>
    public IReadOnlyList<EvaluationFigure> Run(DataRow[] rows, CancellationToken cancellation)
    {
        bool isSteps = rows[0].Has("labels");
        return isSteps ? Steps(rows, cancellation) : Judged(rows, cancellation);
    }

    private IReadOnlyList<EvaluationFigure> Steps(DataRow[] rows, CancellationToken cancellation)
    {
        StepDataset set = StepDataset.Build(rows, tokenizer.Tokenizer, new StepOptions { MaxLength = options.MaxLength });
        Require(set.Labels, model.Score!.Labels >= set.Labels);
        var task = new TrainingTask(new StepData(set.Examples), new StepLabelLoss());
        return Figures(_pass.Score(task, set.Examples.Max(e => e.Ids.Length), null, cancellation));
    }

    private IReadOnlyList<EvaluationFigure> Judged(DataRow[] rows, CancellationToken cancellation)
    {
        (JudgedShape shape, string loss) = rows[0].Has("chosen") ? (JudgedShape.Pairs, "bradley_terry")
            : rows[0].Has("completions") ? (JudgedShape.Rankings, "plackett_luce")
            : (JudgedShape.Labels, "binary");
        JudgedExample[] examples = JudgedDataset.Build(rows, tokenizer, new JudgedOptions { Shape = shape, MaxLength = options.MaxLength, IsScoredBeforeEos = options.IsScoredBeforeEos }).Examples;
        double[][] labels = shape == JudgedShape.Rankings ? Labels(examples, rows) : [];
        ILoss one = RewardLosses.Create(loss, new RewardOptions());
        var task = new TrainingTask(new JudgedData(examples), Members == 1 ? one : new EnsembleScore(one, Members, options.Ensemble));
        int longest = examples.Max(e => e.Prompt.Length + e.Completions.Max(c => c.Length));
        List<EvaluationFigure> figures = Figures(_pass.Score(task, longest, (batch, rowsOf, pass) => Keep(examples, batch, rowsOf, pass), cancellation));
        if (shape == JudgedShape.Rankings)
        {
            figures.AddRange(RankingFigures.Of([.. labels.Select((own, e) => (_scores.GetRange(_starts[e], own.Length).ToArray(), own))]));
        }
        else
        {
            double[] known = [.. examples.SelectMany(e => e.Labels)];
            figures.Add(new EvaluationFigure("ece", Intervals.Bootstrap(
                examples.Length, drawn => shape == JudgedShape.Pairs ? Calibration.PairError(Margins(drawn)) : LabelError(drawn, known), IntervalSeed)));
        }

        figures.Add(new EvaluationFigure("length_correlation/pearson", Intervals.Bootstrap(examples.Length, drawn => OfLength(drawn, Correlation.Pearson), IntervalSeed)));
        figures.Add(new EvaluationFigure("length_correlation/spearman", Intervals.Bootstrap(examples.Length, drawn => OfLength(drawn, Correlation.Spearman), IntervalSeed)));
        return figures;
    }

    private int Members => model.Score!.Labels;

    private delegate double Statistic(ReadOnlySpan<double> x, ReadOnlySpan<double> y);

    /// <summary>What the completions of lists are worth, best first as they come: their scores, or their places in a ranking from its end.</summary>
    private static double[][] Labels(JudgedExample[] examples, DataRow[] rows)
    {
        Dictionary<int, DataRow> byIndex = rows.ToDictionary(row => row.Index);
        return [.. examples.Select(list => byIndex[list.Row].Has("scores")
            ? [.. byIndex[list.Row].Numbers("scores").OrderDescending()]
            : Enumerable.Range(0, list.Completions.Length).Select(i => (double)(list.Completions.Length - i)).ToArray())];
    }

    private void Keep(JudgedExample[] examples, ReadOnlySpan<int> batch, TokenBatch rows, TrainingPass pass)
    {
        int sequence = 0;
        foreach (int index in batch)
        {
            foreach (int[] completion in examples[index].Completions)
            {
                int row = rows.RowStarts.Span[sequence++];
                _scores.Add(EnsembleReward.Of(pass.Scores.Slice(row * Members, Members), options.Ensemble));
                _tokens.Add(completion.Length);
            }

            _starts.Add(_scores.Count);
        }
    }

    private static List<EvaluationFigure> Figures(ExampleScores scores) =>
        [.. scores.Metrics.Select(metric => new EvaluationFigure(metric.Name, scores.Estimate(metric, IntervalSeed)))];

    private double[] Margins(int[] drawn) => Array.ConvertAll(drawn, i => _scores[_starts[i]] - _scores[_starts[i] + 1]);

    private double LabelError(int[] drawn, double[] labels) =>
        Calibration.ExpectedError(Array.ConvertAll(drawn, i => 1 / (1 + Math.Exp(-_scores[i]))), Array.ConvertAll(drawn, i => labels[i]));

    /// <summary>Over all completions of the drawn examples, length in tokens of the completion.</summary>
    private double OfLength(int[] drawn, Statistic statistic)
    {
        List<double> scores = [];
        List<double> tokens = [];
        foreach (int example in drawn)
        {
            for (int i = _starts[example]; i < _starts[example + 1]; i++)
            {
                scores.Add(_scores[i]);
                tokens.Add(_tokens[i]);
            }
        }

        return statistic([.. scores], [.. tokens]);
    }

    private void Require(int labels, bool fits)
    {
        if (!fits)
        {
            throw new InputException($"{options.Model}: expected a head of {labels} for the rows of {options.Dataset}, found one of {model.Score!.Labels}");
        }
    }
}
