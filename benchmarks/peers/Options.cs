namespace FastAlign.Peers;

/// <summary>Command line of the peer comparisons.</summary>
/// <param name="Comparison">What to compare.</param>
/// <param name="JsonPath">Where to write the rows as well, or null.</param>
/// <param name="SecondsPerRow">Time spent on each row, both sides together.</param>
/// <param name="Only">Rows whose name, shape or threads contain this text; empty for all.</param>
internal sealed record Options(string Comparison, string? JsonPath, double SecondsPerRow, string Only)
{
    public static Options Parse(string[] args)
    {
        var options = new Options(args.FirstOrDefault(""), null, 0.6, "");
        for (int i = 1; i + 1 < args.Length; i += 2)
        {
            options = args[i] switch
            {
                "--json" => options with { JsonPath = args[i + 1] },
                "--seconds" => options with { SecondsPerRow = double.Parse(args[i + 1]) },
                "--only" => options with { Only = args[i + 1] },
                _ => throw new ArgumentException($"unknown option {args[i]}"),
            };
        }

        return options;
    }
}
