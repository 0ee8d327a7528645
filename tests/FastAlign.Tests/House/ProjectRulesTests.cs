using System.Xml.Linq;

namespace FastAlign.Tests.House;

public sealed class ProjectRulesTests
{
    private static IEnumerable<string> ProjectFiles => RepositoryFiles.All.Where(path => path.EndsWith(".csproj", StringComparison.Ordinal));

    [Fact]
    public void Projects_OfTheProduct_ReferOnlyAlongTheDirection()
    {
        string[] product = [.. ProjectFiles.Where(RepositoryFiles.IsProduct)];

        Assert.Equal(ProjectRules.Names.Order(StringComparer.Ordinal), product.Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal));
        Assert.Empty(product.SelectMany(path => ProjectRules.Violations(Path.GetFileNameWithoutExtension(path), XElement.Load(RepositoryFiles.Full(path)))));
    }

    [Theory]
    [InlineData("FastAlign.Core", """<ProjectReference Include="..\FastAlign.Cpu\FastAlign.Cpu.csproj" />""", "FastAlign.Core -> FastAlign.Cpu")]
    [InlineData("FastAlign.Models", """<ProjectReference Include="../../kernels/FastAlign.Kernels/FastAlign.Kernels.csproj" />""", "FastAlign.Models -> FastAlign.Kernels")]
    [InlineData("FastAlign.IO", """<PackageReference Include="TorchSharp" />""", "FastAlign.IO -> package TorchSharp")]
    [InlineData("FastAlign.Cpu", """<Reference Include="ILGPU" />""", "FastAlign.Cpu -> package ILGPU")]
    public void Violations_ForbiddenEdge_AreNamed(string project, string item, string expected)
    {
        XElement file = XElement.Parse($"<Project><ItemGroup>{item}</ItemGroup></Project>");

        Assert.Equal([expected], ProjectRules.Violations(project, file));
    }

    [Fact]
    public void Solution_HoldsEveryProjectButThePeers()
    {
        string solution = File.ReadAllText(RepositoryFiles.Full("FastAlign.sln")).Replace('\\', '/');

        Assert.All(
            ProjectFiles.Where(path => !path.StartsWith("benchmarks/peers/", StringComparison.Ordinal)),
            path => Assert.Contains($"\"{path}\"", solution, StringComparison.Ordinal));
    }

    [Fact]
    public void SharedProperties_GiveEveryProjectOnlyTheAnalyzer()
    {
        IEnumerable<XElement> packages = XElement.Load(RepositoryFiles.Full("Directory.Build.props")).Descendants("PackageReference");

        XElement analyzer = Assert.Single(packages);
        Assert.Equal("Microsoft.CodeAnalysis.BannedApiAnalyzers", (string?)analyzer.Attribute("Include"));
        Assert.Equal("all", (string?)analyzer.Attribute("PrivateAssets"));
    }
}
