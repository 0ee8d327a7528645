using System.Reflection;
using System.Xml.Linq;

namespace FastAlign.Tests.House;

/// <summary>
/// The lists of banned symbols name things that exist: the analyzer says nothing of an entry it cannot resolve, so a misspelt one bans nothing.
/// </summary>
public sealed class BannedSymbolsTests
{
    public static TheoryData<string> Entries => [.. RepositoryFiles.All
        .Where(path => Path.GetFileName(path).StartsWith("BannedSymbols.", StringComparison.Ordinal))
        .SelectMany(path => File.ReadAllLines(RepositoryFiles.Full(path)))];

    [Theory]
    [MemberData(nameof(Entries))]
    public void Entry_NamesASymbolAndAReason(string entry)
    {
        string[] parts = entry.Split(';', 2);

        // System.Numerics.Tensors is not referenced; its entry waits for whoever adds it.
        Assert.True(parts[0].Contains("TensorPrimitives", StringComparison.Ordinal) || Exists(parts[0]), $"no such symbol: {parts[0]}");
        Assert.True(parts.Length == 2 && parts[1].Trim().Length > 0, $"no reason: {entry}");
    }

    [Theory]
    [InlineData("T:System.Randon")]
    [InlineData("P:System.DateTime.Soon")]
    [InlineData("M:System.Threading.Thread.Sleep(System.Int64)")]
    public void Exists_Misspelt_IsFalse(string symbol) => Assert.False(Exists(symbol));

    [Fact]
    public void TaskRun_IsBannedInEveryOverload()
    {
        string[] banned = [.. File.ReadAllLines(RepositoryFiles.Full("BannedSymbols.txt")).Select(line => line.Split(';')[0])];

        Assert.Empty(typeof(Task).GetMethods().Where(method => method.Name == nameof(Task.Run)).Select(DocumentationId).Except(banned));
        Assert.Empty(typeof(Thread).GetMethods().Where(method => method.Name == nameof(Thread.Sleep)).Select(DocumentationId).Except(banned));
    }

    [Fact]
    public void Projects_AreGivenTheLists()
    {
        XElement props = XElement.Load(RepositoryFiles.Full("Directory.Build.props"));
        Dictionary<string, string?> lists = props.Descendants("AdditionalFiles").ToDictionary(
            item => ((string)item.Attribute("Include")!).Replace("$(RepositoryRoot)", "", StringComparison.Ordinal), item => (string?)item.Attribute("Condition"));

        Assert.Equal(["BannedSymbols.Console.txt", "BannedSymbols.Kernels.txt", "BannedSymbols.txt"], lists.Keys.Order(StringComparer.Ordinal));
        Assert.Null(lists["BannedSymbols.txt"]);
        Assert.Contains("!= 'FastAlign.Cli'", lists["BannedSymbols.Console.txt"], StringComparison.Ordinal);
        Assert.Contains("== 'FastAlign.Kernels'", lists["BannedSymbols.Kernels.txt"], StringComparison.Ordinal);
        Assert.Equal("true", (string?)props.Descendants("TreatWarningsAsErrors").Single());
    }

    private static bool Exists(string symbol)
    {
        string name = symbol[2..].Split('(')[0].Split('`')[0];
        if (symbol[0] == 'T')
        {
            return Find(name) is not null;
        }

        int dot = name.LastIndexOf('.');
        Type? owner = Find(name[..dot]);
        return symbol[0] == 'P'
            ? owner?.GetProperty(name[(dot + 1)..]) is not null
            : owner?.GetMethods().Where(method => method.Name == name[(dot + 1)..]).Select(DocumentationId).Contains(symbol) == true;
    }

    private static Type? Find(string name) =>
        new[] { "System.Private.CoreLib", "System.Console", "System.Linq.Parallel", "System.Threading.Tasks.Parallel" }
            .Select(assembly => Assembly.Load(assembly).GetType(name)).FirstOrDefault(type => type is not null);

    private static string DocumentationId(MethodInfo method)
    {
        string arity = method.IsGenericMethodDefinition ? $"``{method.GetGenericArguments().Length}" : "";
        return $"M:{method.DeclaringType!.FullName}.{method.Name}{arity}({string.Join(',', method.GetParameters().Select(parameter => TypeId(parameter.ParameterType)))})";
    }

    private static string TypeId(Type type) =>
        type.IsGenericMethodParameter ? $"``{type.GenericParameterPosition}"
        : !type.IsGenericType ? type.FullName!
        : $"{type.GetGenericTypeDefinition().FullName!.Split('`')[0]}{{{string.Join(',', type.GetGenericArguments().Select(TypeId))}}}";
}
