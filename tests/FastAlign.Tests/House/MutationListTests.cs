using System.Text.Json;

namespace FastAlign.Tests.House;

/// <summary>The list of seeded mistakes stays true to the sources; running them takes too long for every build (see tests/mutations/run.cs).</summary>
public sealed class MutationListTests
{
    private static readonly JsonElement[] Mutations = [.. JsonDocument.Parse(File.ReadAllText(RepositoryFiles.Full("tests/mutations/mutations.json"))).RootElement.EnumerateArray()];

    public static IEnumerable<TheoryDataRow<string>> Names() => Mutations.Select(mutation => new TheoryDataRow<string>(mutation.GetProperty("name").GetString()!));

    [Theory, MemberData(nameof(Names))]
    public void Mutation_OfTheList_HasOnePlaceInTheSources(string name)
    {
        JsonElement mutation = Array.Find(Mutations, m => m.GetProperty("name").GetString() == name);
        string source = File.ReadAllText(RepositoryFiles.Full(mutation.GetProperty("file").GetString()!));
        string find = mutation.GetProperty("find").GetString()!;

        Assert.Equal(2, source.Split(find).Length);
        Assert.NotEqual(find, mutation.GetProperty("replace").GetString());
    }

    [Fact]
    public void Results_AreThoseOfTheList()
    {
        string results = File.ReadAllText(RepositoryFiles.Full("tests/mutations/RESULTS.md"));

        Assert.All(Mutations, mutation => Assert.Contains($"| {mutation.GetProperty("name").GetString()} |", results, StringComparison.Ordinal));
        Assert.DoesNotContain("| survived |", results, StringComparison.Ordinal);
    }
}
