namespace FastAlign.Peers;

/// <summary>Cells that belong together.</summary>
/// <param name="Name">On the command line.</param>
/// <param name="Cells">Its cells.</param>
internal sealed record Comparison(string Name, Func<Options, IEnumerable<Cell>> Cells)
{
    /// <summary>A new comparison is a file beside this one and a line here.</summary>
    public static IReadOnlyList<Comparison> All { get; } =
    [
        new("gemm", GemmPeers.Cells) { Group = GemmPeers.Group },
        new("dpo", DpoPeers.Cells),
        new("sft", SftPeers.Cells),
        new("head", HeadPeers.Cells),
        new("attention", AttentionPeers.Cells),
        new("adamw", AdamWPeers.Cells),
        new("generate", GeneratePeers.Cells) { Remarks = GeneratePeers.Remarks },
    ];

    /// <summary>Cells that are summed up together, by a name for people.</summary>
    public Func<Cell, string> Group { get; private init; } = cell => cell.Name;

    /// <summary>What there is to say of the rows besides.</summary>
    public Func<IReadOnlyList<PeerRow>, IEnumerable<string>> Remarks { get; private init; } = _ => [];
}
