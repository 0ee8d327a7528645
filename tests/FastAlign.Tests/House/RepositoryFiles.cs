namespace FastAlign.Tests.House;

/// <summary>The files of the repository: everything in the checkout but what builds, runs and tools leave there.</summary>
internal static class RepositoryFiles
{
    private static readonly HashSet<string> Left = [".git", ".vs", "bin", "obj", "runs", "artifacts", "TestResults", "BenchmarkDotNet.Artifacts"];

    /// <summary>Paths from the root of the repository, with forward slashes, in order.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Below(Goldens.Repository).Select(Relative).Order(StringComparer.Ordinal)];

    /// <summary>C# files of the product.</summary>
    public static IEnumerable<string> Sources => All.Where(path => path.EndsWith(".cs", StringComparison.Ordinal) && IsProduct(path));

    /// <summary>Files of third parties, recorded values and pictures, kept as they came.</summary>
    public static bool IsData(string path) =>
        path.EndsWith(".png", StringComparison.Ordinal)
        || path.StartsWith("samples/data/", StringComparison.Ordinal)
        || (path.StartsWith("tests/golden/", StringComparison.Ordinal) && path.Count(symbol => symbol == '/') > 2);

    public static bool IsProduct(string path) => path.StartsWith("src/", StringComparison.Ordinal) || path.StartsWith("kernels/", StringComparison.Ordinal);

    public static string Full(string path) => Path.Combine(Goldens.Repository, path);

    private static string Relative(string full) => Path.GetRelativePath(Goldens.Repository, full).Replace('\\', '/');

    // In a worktree .git is a file.
    private static IEnumerable<string> Below(string folder) =>
        Kept(Directory.GetDirectories(folder)).SelectMany(Below).Concat(Kept(Directory.GetFiles(folder)));

    private static IEnumerable<string> Kept(string[] paths) => paths.Where(path => !Left.Contains(Path.GetFileName(path)));
}
