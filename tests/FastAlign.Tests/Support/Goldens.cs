namespace FastAlign.Tests;

/// <summary>
/// Where expected values lie: the folder in FASTALIGN_GOLDENS, else ../shared/goldens beside the checkout, else the compact copy in tests/golden.
/// </summary>
internal static class Goldens
{
    /// <summary>Trait value of tests that read golden files.</summary>
    public const string Category = "Golden";

    public static string Repository { get; } = FindRepository();

    public static string Root { get; } = FindRoot();

    /// <summary>Real models, tokenizers and data sets: beside the goldens, else the compact copy.</summary>
    public static string Data { get; } = FindData();

    public static string Path(params string[] parts) => System.IO.Path.Combine([Root, .. parts]);

    public static string DataPath(params string[] parts) => System.IO.Path.Combine([Data, .. parts]);

    private static string FindRoot()
    {
        string? set = Environment.GetEnvironmentVariable("FASTALIGN_GOLDENS");
        if (!string.IsNullOrEmpty(set))
        {
            return set;
        }

        string shared = System.IO.Path.Combine(Repository, "..", "shared", "goldens");
        return Directory.Exists(shared) ? System.IO.Path.GetFullPath(shared) : CompactGoldens.Unpack(System.IO.Path.Combine(Repository, "tests", "golden"));
    }

    private static string FindData()
    {
        string beside = System.IO.Path.Combine(Root, "..", "data");
        string shared = System.IO.Path.Combine(Repository, "..", "shared", "data");
        return Directory.Exists(beside) ? System.IO.Path.GetFullPath(beside)
            : Directory.Exists(shared) ? System.IO.Path.GetFullPath(shared)
            : System.IO.Path.Combine(CompactGoldens.Unpack(System.IO.Path.Combine(Repository, "tests", "golden")), "data");
    }

    private static string FindRepository()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(at.FullName, "FastAlign.sln")))
            {
                return at.FullName;
            }
        }

        throw new DirectoryNotFoundException("FastAlign.sln not found above the test binaries");
    }
}
