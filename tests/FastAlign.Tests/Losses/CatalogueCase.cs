using FastAlign.Alignment;
using FastAlign.Models;

namespace FastAlign.Tests.Losses;

/// <summary>
/// A loss of the catalogue and rows that it can read, whatever its family: every column is filled. Uniform rows are those of step 0 in closed form: each
/// token has probability 1/e under policy, reference, old policy and teacher, every sequence has three tokens, every score is 0.
/// </summary>
internal sealed class CatalogueCase
{
    public const int Tokens = 3;

    /// <summary>Divergence of the two models in every row.</summary>
    public const double Divergence = 0.25;

    private const ModelHeads ReadsScores = ModelHeads.Score | ModelHeads.Embedding | ModelHeads.ScoreWeights;

    private readonly LossInfo _info;

    public CatalogueCase(string name)
    {
        _info = LossCatalog.All.Single(info => $"{info.Command}/{info.Name}" == name);
        Loss = Create(_info);
    }

    public static IEnumerable<string> Names => LossCatalog.All.Select(info => $"{info.Command}/{info.Name}");

    public ILoss Loss { get; }

    /// <summary>Value and derivatives on some of the examples of a step.</summary>
    /// <param name="first">First of them.</param>
    /// <param name="count">How many.</param>
    /// <param name="stepExamples">Examples of the step.</param>
    /// <param name="spread">How far log-probs and scores are from those of step 0.</param>
    public (double Value, double[] Gradient, double[] DDivergence) Evaluate(int first, int count, int stepExamples, double spread)
    {
        int[] own = Lengths();
        int[] starts = Starts(own, count);
        int rows = starts[^1];
        int sequences = starts.Length - 1;
        int firstRow = first * own.Sum();
        bool isScored = (Loss.Heads & ReadsScores) != 0;
        int labels = _info.Name == "prm" ? 2 : 1;
        int width = _info.Name == "odin" ? 4 : 12;
        double At(int row, int salt) => -1 + (spread * (Fraction(((firstRow + row) * 7) + salt) - 0.5));
        double[] Values(int salt) => [.. Enumerable.Range(0, rows).Select(t => At(t, salt))];
        var inputs = new LossInputs
        {
            LogProb = isScored ? [] : Values(1),
            RowStarts = starts,
            ExampleStarts = [.. Enumerable.Range(0, count + 1).Select(e => e * own.Length)],
            ReferenceLogProb = isScored ? [] : Values(2),
            Entropy = isScored ? [] : Values(3).Select(Math.Abs).ToArray(),
            Divergence = isScored ? [] : [.. Enumerable.Repeat(Divergence, rows)],
            Scores = isScored ? [.. Enumerable.Range(0, rows * labels).Select(i => spread * (Fraction((firstRow * labels) + i) - 0.5))] : [],
            Labels = isScored ? labels : 0,
            Embeddings = isScored ? [.. Enumerable.Range(0, rows * width).Select(i => _info.Name == "odin" || i % width == i / width % width ? 1.0 : 0)] : [],
            Width = isScored ? width : 0,
            ScoreWeights = _info.Name == "odin" ? [1, -1, 0, 0, 0, 0, 1, -1] : [],
            Columns = Columns(first, count, own.Length, firstRow, Values(4)),
        };
        var step = new StepCounts((long)stepExamples * own.Length, (long)stepExamples * own.Sum())
        {
            Examples = stepExamples,
            ChosenTokens = (long)stepExamples * own[0],
            AnchorTokens = own.Length > 2 ? (long)stepExamples * own[2] : 0,
        };
        double[] gradient = new double[isScored ? inputs.Scores.Length : rows];
        double[] dDivergence = new double[inputs.Divergence.Length];
        var gradients = new LossGradients
        {
            LogProb = isScored ? [] : gradient,
            Scores = isScored ? gradient : [],
            Entropy = isScored ? [] : new double[rows],
            Divergence = dDivergence,
            Embeddings = new double[inputs.Embeddings.Length],
            ScoreWeights = new double[inputs.ScoreWeights.Length],
        };
        double value = Loss.Evaluate(inputs, step, gradients, new MetricAccumulator(MetricAveraging.Items));
        return (value, gradient, dDivergence);
    }

    private static ILoss Create(LossInfo info) => info.Command switch
    {
        "sft" => TokenLoss.Create(info.Name),
        "dpo" => PairLosses.Dpo(new DpoOptions { LossTypes = [info.Name], LabelSmoothing = 0.1 }),
        "cpo" => PairLosses.Cpo(new CpoOptions { LossType = info.Name }),
        "orpo" => PairLosses.Orpo(),
        "tpo" => PairLosses.Tpo(new TpoOptions { LossType = info.Name }),
        "lipo" => PairLosses.List(new ListOptions { LossType = info.Name }),
        "kto" or "bco" => UnpairedLosses.Create(info.Name, new UnpairedOptions()),
        "dro" => UnpairedLosses.Create(info.Name, new UnpairedOptions { HasValueNetwork = true }),
        "reward" => RewardLosses.Create(info.Name, new RewardOptions { ContrastSamples = 1 }),
        "prm" => new StepLabelLoss(),
        "offline-grpo" => PolicyLosses.Create(info.Name, new PolicyOptions()),
        "distill" => DistillationLosses.Create(info.Name, new DistillationOptions()),
        _ => info.Name switch
        {
            "online_dpo" => PairLosses.OnlineDpo("sigmoid", 0.1),
            "xpo" => PairLosses.Xpo("sigmoid", 0.1, 0.5),
            "nash_md" => new NashMdLoss(0.1),
            "a2po" => new RewardRegressionLoss(0.1),
            _ => throw new InvalidOperationException($"{info.Command}/{info.Name} is in the catalogue: say here how it is made and below what its rows are"),
        },
    };

    /// <summary>Rows of each sequence of an example.</summary>
    private int[] Lengths() => (_info.Command, _info.Name) switch
    {
        ("dpo", "sr_dpo" or "sr_ipo") => [Tokens, Tokens, Tokens, Tokens],
        ("dpo" or "cpo", _) or ("kto", "kto") or ("", "online_dpo" or "xpo") => [Tokens, Tokens],
        ("orpo" or "tpo" or "lipo", _) => [Tokens, Tokens, Tokens],
        ("reward", "plackett_luce") => [1, 1, 1],
        ("reward", "binary") => [1],
        ("reward", "goal_contrast") => [4, 2],
        ("reward", _) => [1, 1],
        _ => [Tokens],
    };

    private static int[] Starts(int[] lengths, int examples)
    {
        int[] starts = new int[(lengths.Length * examples) + 1];
        for (int s = 0; s < starts.Length - 1; s++)
        {
            starts[s + 1] = starts[s] + lengths[s % lengths.Length];
        }

        return starts;
    }

    private static ColumnSet Columns(int first, int count, int perExample, int firstRow, double[] old)
    {
        var columns = new ColumnSet();
        void Fill(Column column, Func<int, double> value)
        {
            (int n, int from) = column.Scope switch
            {
                ColumnScope.Row => (old.Length, firstRow),
                ColumnScope.Sequence => (count * perExample, first * perExample),
                _ => (count, first),
            };
            Span<double> values = columns.Take(column, n);
            for (int i = 0; i < n; i++)
            {
                values[i] = value(from + i);
            }
        }

        bool IsEven(int sequence) => sequence / perExample % 2 == 0;
        Fill(Column.Margin, _ => 0);
        Fill(Column.Label, s => IsEven(s) ? 1 : 0);
        Fill(Column.Reward, s => perExample == 3 ? 1 - (0.5 * (s % 3)) : IsEven(s) ? 1 : -1);
        Fill(Column.Value, _ => 0.5);
        Fill(Column.Baseline, _ => 0.25);
        Fill(Column.PassRate, _ => 0.5);
        Fill(Column.WinProbability, _ => 0.75);
        Fill(Column.IsReferenceSample, s => s % 2);
        Fill(Column.EndsWithEos, _ => 1);
        Fill(Column.Safe, s => s % 2);
        Fill(Column.SequenceTokens, _ => Tokens);
        Fill(Column.StepLabel, t => t % 2);
        Fill(Column.SequenceAdvantage, s => IsEven(s) ? 2 : -1);
        Fill(Column.OldLogProb, t => old[t - firstRow]);
        Fill(Column.GroupShare, _ => 1.0 / Tokens);
        return columns;
    }

    /// <summary>A fixed sequence without pattern: multiples of the golden ratio modulo 1.</summary>
    private static double Fraction(int i) => i * 0.6180339887498949 % 1;
}
