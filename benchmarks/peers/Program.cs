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
catch (InvalidOperationException failed)
{
    Console.Error.WriteLine(failed.Message);
    return 1;
}

static int MeasureAll(Options options, IReadOnlyList<Comparison> comparisons)
{
    List<PeerRow> rows = [];
    List<string> summary = [];
    Console.WriteLine(PeerRow.Header);
    foreach (Comparison comparison in comparisons)
    {
        List<PeerRow> own = [];
        foreach (Cell cell in CellsOf(comparison, options))
        {
            own.Add(Measurement.Of(options, comparison.Name, cell));
            Console.WriteLine(own[^1]);
        }

        summary.AddRange(own.GroupBy(row => (comparison.Group(row.Cell), row.Cell.Threads)).Select(group => Measurement.Summary(group.Key.Item1, [.. group])));
        summary.AddRange(comparison.Remarks(own));
        rows.AddRange(own);
    }

    summary.ForEach(Console.WriteLine);
    if (options.JsonPath is { } path)
    {
        PeerRow.WriteJson(rows, path);
    }

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
