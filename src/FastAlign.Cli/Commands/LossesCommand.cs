using System.CommandLine;
using System.Text.Json.Nodes;
using FastAlign.Alignment;
using FastAlign.Core;
using Spectre.Console;

namespace FastAlign.Cli.Commands;

/// <summary><c>fastalign losses</c>: which losses there are, and what each is.</summary>
internal static class LossesCommand
{
    private const int MostSuggestions = 3;

    public static Command Create() => new("losses", "List all losses, or explain one: formula, source, options, dialects, and what its numbers mean.")
    {
        List(),
        Explain(),
    };

    private static Command List()
    {
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var list = new Command("list", "All losses, by the command that trains with them.") { json };
        list.SetAction(parsed =>
        {
            if (parsed.GetValue(json))
            {
                Console.Out.WriteLine(new JsonArray([.. LossCatalog.All.Select(ToJson)]).ToJsonString());
                return;
            }

            foreach (IGrouping<string, LossInfo> group in LossCatalog.All.GroupBy(info => info.Command))
            {
                Terminal.Output.MarkupLineInterpolated($"[bold]{Owner(group.Key)}[/]");
                foreach (LossInfo info in group)
                {
                    Terminal.Output.MarkupLineInterpolated($"  {info.Name,-24} {info.Source}");
                }
            }
        });
        return list;
    }

    private static Command Explain()
    {
        var names = new Argument<string[]>("names") { Description = "Names of the list; command/name where several commands share one.", Arity = ArgumentArity.OneOrMore };
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var explain = new Command("explain", "What a loss is.") { names, json };
        explain.SetAction(parsed =>
        {
            LossInfo[] found = [.. parsed.GetValue(names)!.SelectMany(Find)];
            if (parsed.GetValue(json))
            {
                Console.Out.WriteLine(new JsonArray([.. found.Select(ToJson)]).ToJsonString());
                return;
            }

            foreach (LossInfo info in found)
            {
                Print(Terminal.Output, info);
            }
        });
        return explain;
    }

    private static LossInfo[] Find(string name)
    {
        LossInfo[] found = [.. LossCatalog.All.Where(info => info.Name == name || $"{info.Command}/{info.Name}" == name)];
        if (found.Length > 0)
        {
            return found;
        }

        IEnumerable<string> nearest = LossCatalog.All.Select(info => info.Name).Distinct().OrderBy(known => Spelling.Distance(known, name)).Take(MostSuggestions);
        throw new InputException($"losses explain: expected a name of 'fastalign losses list', found '{name}'; the nearest are {string.Join(", ", nearest)}");
    }

    private static void Print(IAnsiConsole console, LossInfo info)
    {
        console.MarkupLineInterpolated($"[bold]{info.Name}[/]  ({Owner(info.Command)})");
        console.MarkupLineInterpolated($"  formula  {info.Formula}");
        console.MarkupLineInterpolated($"  source   {info.Source}");
        console.MarkupLineInterpolated($"  options  {(info.Options.Count == 0 ? "none" : string.Join(", ", info.Options))}");
        IReadOnlyList<string> dialects = info.Dialects.Count > 0 ? info.Dialects : ["all read it alike"];
        for (int i = 0; i < dialects.Count; i++)
        {
            console.MarkupLineInterpolated($"  {(i == 0 ? "dialects" : "        ")} {dialects[i]}");
        }

        console.MarkupLineInterpolated($"  reading  {info.Reading}");
        console.WriteLine();
    }

    /// <summary>A loss without a command is for callers of the library: it needs samples of the policy in training.</summary>
    private static string Owner(string command) => command.Length == 0 ? "in code" : $"fastalign {command}";

    private static JsonNode ToJson(LossInfo info) => new JsonObject
    {
        ["name"] = info.Name,
        ["command"] = info.Command,
        ["formula"] = info.Formula,
        ["source"] = info.Source,
        ["options"] = new JsonArray([.. info.Options.Select(option => JsonValue.Create(option))]),
        ["dialects"] = new JsonArray([.. info.Dialects.Select(dialect => JsonValue.Create(dialect))]),
        ["reading"] = info.Reading,
    };
}
