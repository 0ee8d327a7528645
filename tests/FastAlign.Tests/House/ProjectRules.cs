using System.Xml.Linq;

namespace FastAlign.Tests.House;

/// <summary>Which project may use which project and which package: the dependency direction of ARCHITECTURE.md.</summary>
internal static class ProjectRules
{
    private static readonly Dictionary<string, string[]> Projects = new()
    {
        ["FastAlign.Kernels"] = [],
        ["FastAlign.Core"] = [],
        ["FastAlign.Cpu"] = ["FastAlign.Core", "FastAlign.Kernels"],
        ["FastAlign.Models"] = ["FastAlign.Core"],
        ["FastAlign.Alignment"] = ["FastAlign.Core", "FastAlign.Models", "FastAlign.Kernels"],
        ["FastAlign.IO"] = ["FastAlign.Core", "FastAlign.Models"],
        ["FastAlign"] = ["FastAlign.Core", "FastAlign.Cpu", "FastAlign.Models", "FastAlign.Alignment", "FastAlign.IO"],
        ["FastAlign.Kernels.Conformance"] = ["FastAlign.Core", "FastAlign.Gpu", "FastAlign.Kernels", "FastAlign.Kernels.Device"],
        ["FastAlign.Kernels.Device"] = ["FastAlign.Kernels"],
        ["FastAlign.Gpu"] = ["FastAlign.Core", "FastAlign.Kernels", "FastAlign.Kernels.Device"],
        ["FastAlign.Workloads"] = ["FastAlign", "FastAlign.Kernels.Conformance"],
        ["FastAlign.Cli"] = ["FastAlign", "FastAlign.Gpu", "FastAlign.Kernels.Conformance", "FastAlign.Workloads"],
    };

    // No native or foreign machine-learning library can come in: what is not named here is refused.
    private static readonly Dictionary<string, string[]> Packages = new()
    {
        ["FastAlign.IO"] = ["System.IO.Hashing"],
        ["FastAlign.Kernels.Device"] = ["ILGPU"],
        ["FastAlign.Gpu"] = ["ILGPU", "ILGPU.Algorithms"],
        ["FastAlign.Cli"] = ["System.CommandLine", "Spectre.Console", "YamlDotNet"],
    };

    public static IEnumerable<string> Names => Projects.Keys;

    /// <summary>What the project file refers to against the rules, one line each.</summary>
    public static IEnumerable<string> Violations(string project, XElement file)
    {
        if (!Projects.TryGetValue(project, out string[]? projects))
        {
            return [$"{project}: unknown project; name it and what it may use in ProjectRules"];
        }

        IEnumerable<string> references = References(file, "ProjectReference").Select(path => Path.GetFileNameWithoutExtension(path.Replace('\\', '/')));
        IEnumerable<string> packages = References(file, "PackageReference").Concat(References(file, "Reference"));
        return
        [
            .. references.Except(projects).Select(name => $"{project} -> {name}"),
            .. packages.Except(Packages.GetValueOrDefault(project, [])).Select(name => $"{project} -> package {name}"),
        ];
    }

    private static IEnumerable<string> References(XElement file, string kind) =>
        file.Descendants(kind).Select(item => (string?)item.Attribute("Include") ?? (string?)item.Attribute("Update") ?? "");
}
