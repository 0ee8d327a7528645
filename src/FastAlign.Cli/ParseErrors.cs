using System.CommandLine;
using System.CommandLine.Parsing;

namespace FastAlign.Cli;

/// <summary>What is wrong with a command line, in the words of all other messages: what was expected, what was found, and the nearest that there is.</summary>
internal static class ParseErrors
{
    public static IEnumerable<string> Of(ParseResult parsed, Command root)
    {
        Command command = parsed.CommandResult.Command;
        string[] options = [.. parsed.UnmatchedTokens.Where(IsOption)];
        return options.Length > 0 ? options.Select(option => UnknownOption(option.Split('=')[0], command, root))
            : command.Subcommands.Any() && parsed.UnmatchedTokens is [{ } word, ..] ? [UnknownCommand(word, command)]
            : parsed.Errors.Select(Message);
    }

    private static bool IsOption(string token) => token.StartsWith("--", StringComparison.Ordinal);

    private static string UnknownOption(string name, Command command, Command root)
    {
        string[] owners = [.. root.Subcommands.Where(other => other.Options.Any(option => Names(option).Contains(name))).Select(other => other.Name)];
        string expected = $"{name}: expected an option of {command.Name}, found ";
        if (owners.Length > 0)
        {
            return $"{expected}one of {string.Join(", ", owners)}";
        }

        string? nearest = command.Options.SelectMany(Names).Where(IsOption).MinBy(known => Spelling.Distance(known, name));
        return $"{expected}none of that name{(nearest is null ? string.Empty : $"; the nearest is {nearest}")}";
    }

    private static string UnknownCommand(string word, Command command) =>
        $"{word}: expected a command, found none of that name; the nearest is {command.Subcommands.MinBy(known => Spelling.Distance(known.Name, word))!.Name}";

    private static IEnumerable<string> Names(Option option) => option.Aliases.Prepend(option.Name);

    /// <summary>A value that does not parse is told without the name of a .NET type.</summary>
    private static string Message(ParseError error)
    {
        if (error.SymbolResult is not OptionResult { Tokens: [{ } token], Option: { } option })
        {
            return error.Message;
        }

        string? expected = option.ValueType == typeof(double) ? "a number"
            : option.ValueType == typeof(int) ? "a whole number"
            : option.ValueType == typeof(ulong) ? "a whole number of at least 0"
            : option.ValueType == typeof(bool) ? "true or false"
            : null;
        return expected is null ? error.Message : $"{option.Name}: expected {expected}, found '{token.Value}'";
    }
}
