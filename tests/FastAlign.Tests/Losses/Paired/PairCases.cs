using FastAlign.Alignment;

namespace FastAlign.Tests.Losses;

/// <summary>Every paired loss with options that make all of its parts count, and a batch it can read.</summary>
internal static class PairCases
{
    /// <summary>Names as command/loss_type.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        .. PairLosses.DpoNames.Select(name => $"dpo/{name}"),
        .. PairLosses.CpoNames.Select(name => $"cpo/{name}"),
        .. PairLosses.TpoNames.Select(name => $"tpo/{name}"),
        "orpo/orpo",
        "xpo/sigmoid",
        "online/ipo",
    ];

    /// <summary>The loss called <paramref name="name"/>.</summary>
    public static ILoss Create(string name, double beta = 0.3, Dialect dialect = Dialect.Trl)
    {
        (string command, string type) = (name.Split('/')[0], name.Split('/')[1]);
        return command switch
        {
            "dpo" => PairLosses.Dpo(new DpoOptions { LossTypes = [type], Beta = beta, LabelSmoothing = 0.1, Dialect = dialect, Discount = type == "cpl" ? 0.9 : 1 }),
            "cpo" => PairLosses.Cpo(new CpoOptions { LossType = type, Beta = beta, LikelihoodWeight = 0.5, LabelSmoothing = type is "sigmoid" or "simpo" ? 0.1 : 0, SlicDelta = 3 }),
            "tpo" => PairLosses.Tpo(new TpoOptions { LossType = type, Beta = beta, LikelihoodWeight = 0.5 }),
            "orpo" => PairLosses.Orpo(beta),
            "xpo" => PairLosses.Xpo(type, beta, 0.05),
            _ => PairLosses.OnlineDpo(type, beta, 1),
        };
    }

    /// <summary>Sequences of an example of this loss.</summary>
    public static int SequencesPerExample(string name) => name is "dpo/sr_dpo" or "dpo/sr_ipo" ? 4 : name.Split('/')[0] is "tpo" or "orpo" ? 3 : 2;

    /// <summary>
    /// Pairs of unequal lengths. Log-probs move away from the reference by up to <paramref name="spread"/> nats a token, and 0 makes them equal.
    /// </summary>
    public static PairBatch Batch(string name, int pairs, double spread, int firstPair = 0)
    {
        int k = SequencesPerExample(name);
        double[][] logProb = new double[pairs * k][];
        double[][] reference = new double[pairs * k][];
        for (int s = 0; s < logProb.Length; s++)
        {
            // A fixed sequence without pattern: multiples of the golden ratio modulo 1.
            int at = s + (firstPair * k);
            int length = 1 + (at * 7 % 5);
            reference[s] = [.. Enumerable.Range(0, length).Select(t => -0.4 - (2 * Fraction((at * 11) + t)))];
            logProb[s] = [.. reference[s].Select((r, t) => Math.Min(-0.05, r + (spread * ((2 * Fraction((at * 17) + t + 5)) - 1))))];
        }

        return Of(name, logProb, reference, firstPair);
    }

    public static PairBatch Of(string name, double[][] logProb, double[][] reference, int firstPair = 0)
    {
        int k = SequencesPerExample(name);
        int pairs = logProb.Length / k;
        double[] Values(Func<int, double> value) => [.. Enumerable.Range(firstPair, pairs).Select(value)];
        double[] PerSequence(Func<int, double> value) => [.. Enumerable.Range(firstPair * k, pairs * k).Select(value)];

        // A pair of AOT has no loss of its own to weigh.
        (Column, double[])[] weights = name.StartsWith("dpo/aot", StringComparison.Ordinal) ? [] : [(Column.ExampleWeight, Values(i => 1 + (0.5 * (i % 3))))];
        return new PairBatch
        {
            RowStarts = PairBatch.Starts(logProb),
            LogProb = [.. logProb.SelectMany(row => row)],
            ReferenceLogProb = [.. reference.SelectMany(row => row)],
            SequencesPerExample = k,
            Columns =
            [
                (Column.Margin, Values(i => 0.5 + (0.25 * i))),
                .. weights,
                (Column.SoftLabel, Values(i => 0.9 - (0.1 * (i % 4)))),
                (Column.Reward, PerSequence(s => Fraction(s * 3))),
                (Column.EndsWithEos, PerSequence(s => s % 3 == 0 ? 0 : 1)),
                (Column.IsReferenceSample, PerSequence(s => s % 2)),
            ],
        };
    }

    private static double Fraction(int i) => i * 0.6180339887498949 % 1;
}
