using FastAlign.Peers;

// One comparison per subcommand; each returns its rows, printing is common.
Options options = Options.Parse(args);
Action<Action<PeerRow>>? comparison = options.Comparison switch
{
    "gemm" => report => GemmPeers.Run(options, report),
    _ => null,
};

if (comparison is null)
{
    Console.Error.WriteLine("usage: gemm [--json FILE] [--seconds S] [--only TEXT]");
    return 2;
}

List<PeerRow> rows = [];
Console.WriteLine(PeerRow.Header);
comparison(row =>
{
    rows.Add(row);
    Console.WriteLine(row.ToString());
});
if (options.JsonPath is { } path)
{
    PeerRow.WriteJson(rows, path);
}

return 0;
