namespace FastAlign.Peers;

/// <summary>Cells that belong together.</summary>
/// <param name="Name">On the command line.</param>
/// <param name="Cells">Its cells.</param>
/// <param name="Group">Cells that are summed up together, with a name for people.</param>
internal sealed record Comparison(string Name, Func<Options, IEnumerable<Cell>> Cells, Func<Cell, string> Group)
{
    /// <summary>A new comparison is a file beside this one and a line here.</summary>
    public static IReadOnlyList<Comparison> All { get; } =
    [
        new("gemm", GemmPeers.Cells, GemmPeers.Group),
        new("dpo", DpoPeers.Cells, cell => cell.Name),
    ];
}
