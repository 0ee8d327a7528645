using System.Globalization;

namespace FastAlign.Peers;

/// <summary>Command line of the peer comparisons.</summary>
internal sealed record Options
{
    public const string Usage = """
        usage: run.sh [gemm|dpo|sft|head|attention|adamw|generate] [options]      (no name: all of them)
          --json FILE       write the rows as a JSON array as well
          --only TEXT       cells whose "name shape tTHREADS" contains TEXT
          --threads LIST    numbers of threads, e.g. 1,2 (default: 1 and 2)
          --seconds S       time spent on each cell beyond its least number of rounds (default 1)
          --no-memory       leave out the memory columns, which take two processes a cell
        """;

    /// <summary>What to compare; empty for everything.</summary>
    public string Comparison { get; private init; } = "";

    /// <summary>Where to write the rows as well, or null.</summary>
    public string? JsonPath { get; private init; }

    /// <summary>Cells whose key contains this text; empty for all.</summary>
    public string Only { get; private init; } = "";

    public IReadOnlyList<int> Threads { get; private init; } = [.. new[] { 1, 2 }.Where(threads => threads <= Environment.ProcessorCount)];

    /// <summary>Time spent on each cell, both sides together, once the least number of rounds is done.</summary>
    public double SecondsPerCell { get; private init; } = 1;

    public bool HasMemory { get; private init; } = true;

    /// <summary>In a child that measures memory: which side it is for, ours or peer. Empty in the program that a user starts.</summary>
    public string Side { get; private init; } = "";

    /// <summary>Reads the command line.</summary>
    /// <exception cref="FormatException">It is not one; the message says why.</exception>
    public static Options Parse(string[] args)
    {
        var options = new Options();
        for (int i = 0; i < args.Length; i++)
        {
            string Value() => ++i < args.Length ? args[i] : throw new FormatException($"{args[i - 1]}: expected a value after it");
            options = args[i] switch
            {
                "--json" => options with { JsonPath = Value() },
                "--only" => options with { Only = Value() },
                "--threads" => options with { Threads = [.. Value().Split(',').Select(ThreadCount)] },
                "--seconds" => options with { SecondsPerCell = Seconds(Value()) },
                "--no-memory" => options with { HasMemory = false },
                "--side" => options with { Side = Value() },
                _ when i == 0 && !args[i].StartsWith('-') => options with { Comparison = args[i] },
                _ => throw new FormatException($"{args[i]}: unknown option"),
            };
        }

        return options;
    }
    private static int ThreadCount(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int threads) && threads > 0
        ? threads
        : throw new FormatException($"--threads: expected whole numbers above 0 with commas between them, found {text}");

    private static double Seconds(string text) => double.TryParse(text, CultureInfo.InvariantCulture, out double seconds) && seconds >= 0
        ? seconds
        : throw new FormatException($"--seconds: expected a number of at least 0, found {text}");
}
