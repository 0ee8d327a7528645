using System.Globalization;
using FastAlign.Peers;

try
{
    Options options = Options.Parse(args);
    Comparison[] comparisons = [.. Comparison.All.Where(one => options.Comparison.Length == 0 || options.Comparison == one.Name)];
    return comparisons.Length == 0 ? throw new FormatException($"{options.Comparison}: unknown comparison")
        : options.Side.Length > 0 ? MeasureSide(options, comparisons)
        : MeasureAll(options, comparisons);
}
catch (FormatException wrong)
{
    Console.Error.WriteLine(wrong.Message);
    Console.Error.WriteLine(Options.Usage);
    return 2;
}
catch (Exception failed) when (failed is InvalidOperationException or IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine(failed.Message);
    return 1;
}

static int MeasureAll(Options options, IReadOnlyList<Comparison> comparisons)
{
    if (!comparisons.Any(comparison => CellsOf(comparison, options).Any()))
    {
        throw new FormatException($"--only: no cell's name, shape and threads contain \"{options.Only}\"");
    }

    List<PeerRow> rows = [];
    List<string> summary = [];
    PeerRow.WriteJson(rows, options.JsonPath);
    Console.WriteLine(PeerRow.Header);
    foreach (Comparison comparison in comparisons)
    {
        int first = rows.Count;
        foreach (Cell cell in CellsOf(comparison, options))
        {
            rows.Add(Measurement.Of(options, comparison.Name, cell));
            Console.WriteLine(rows[^1]);
            PeerRow.WriteJson(rows, options.JsonPath);
        }

        PeerRow[] own = [.. rows.Skip(first)];
        summary.AddRange(own.GroupBy(row => (comparison.Group(row.Cell), row.Cell.Threads)).Select(group => Measurement.Summary(group.Key.Item1, [.. group])));
        summary.AddRange(comparison.Remarks(own));
    }

    summary.ForEach(Console.WriteLine);
    return 0;
}

// A child that measures the memory of one side: its peak is all it says.
static int MeasureSide(Options options, IReadOnlyList<Comparison> comparisons)
{
    Cell cell = comparisons.SelectMany(one => CellsOf(one, options)).First(cell => cell.Key == options.Only);
    Console.WriteLine(PeakMemory.OfSide(options.Side == "ours" ? cell.Ours : cell.Peer).ToString(CultureInfo.InvariantCulture));
    return 0;
}

static IEnumerable<Cell> CellsOf(Comparison comparison, Options options) =>
    comparison.Cells(options).Where(cell => cell.Key.Contains(options.Only, StringComparison.Ordinal));
