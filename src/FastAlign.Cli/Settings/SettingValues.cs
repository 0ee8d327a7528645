using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using FastAlign.Core;
using YamlDotNet.RepresentationModel;

namespace FastAlign.Cli.Settings;

/// <summary>
/// The settings of a command: declared once, read from the command line, then from the YAML file it names, then from the defaults; converted with messages
/// that name the setting, what was expected and what was found.
/// </summary>
internal sealed class SettingValues
{
    private const string ConfigName = "config";

    private readonly IReadOnlyList<Setting> _settings;
    private readonly Dictionary<string, Option<string[]>> _options = [];
    private readonly Dictionary<string, (string? Text, string Source)> _values = [];

    public SettingValues(IReadOnlyList<Setting> settings, Command command)
    {
        _settings = [new Setting(ConfigName, SettingKind.Text, "YAML file of settings under these names; the command line wins."), .. settings];
        foreach (Setting setting in _settings)
        {
            var option = new Option<string[]>($"--{setting.Name.Replace('_', '-')}")
            {
                Description = setting.Default is null ? setting.Description : $"{setting.Description} [default: {setting.Default}]",
                Arity = setting.Kind switch { SettingKind.Flag => ArgumentArity.ZeroOrOne, SettingKind.Words => ArgumentArity.OneOrMore, _ => ArgumentArity.ExactlyOne },
                CustomParser = static result => [.. result.Tokens.Select(token => token.Value)],
                AllowMultipleArgumentsPerToken = setting.Kind == SettingKind.Words,
                HelpName = setting.Kind switch { SettingKind.Number => "number", SettingKind.Whole => "n", SettingKind.Flag => "true|false", SettingKind.Words => "value...", _ => "value" },
            };
            if (setting.Name.Contains('_', StringComparison.Ordinal))
            {
                option.Aliases.Add($"--{setting.Name}");
            }

            if (setting.ShortName is not null)
            {
                option.Aliases.Add($"--{setting.ShortName}");
            }

            _options.Add(setting.Name, option);
            command.Options.Add(option);
        }
    }

    /// <summary>Takes the values of a parsed command line and of the YAML file it names.</summary>
    public void Read(ParseResult parsed)
    {
        _values.Clear();
        foreach (Setting setting in _settings)
        {
            if (parsed.GetResult(_options[setting.Name]) is OptionResult { Implicit: false })
            {
                string[] words = parsed.GetValue(_options[setting.Name]) ?? [];
                string? text = words.Length > 0 ? string.Join(' ', words) : setting.Kind == SettingKind.Flag ? "true" : null;
                _values[setting.Name] = (text, $"--{setting.Name}");
            }
        }

        if (Text(ConfigName) is { } file)
        {
            ReadYaml(file);
        }
    }

    /// <summary>Whether the command has this setting at all.</summary>
    public bool Has(string name) => _settings.Any(setting => setting.Name == name);

    public bool IsGiven(string name) => _values.ContainsKey(name);

    /// <summary>Sets a value that nobody gave: what suits the embedded sample.</summary>
    public void SetDefault(string name, string text) => _values.TryAdd(name, (text, "default"));

    public string? Text(string name) => Find(name).Text;

    public double Number(string name) =>
        double.TryParse(Find(name).Text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : throw Bad(name, "a number");

    /// <summary>A number, or null where the setting is absent or says <c>none</c>.</summary>
    public double? OptionalNumber(string name) => Find(name).Text is null or "none" or "null" ? null : Number(name);

    public int Whole(string name) => OptionalWhole(name) ?? throw Bad(name, "a whole number");

    /// <summary>A whole number, or null where the setting is absent or says <c>none</c>.</summary>
    public int? OptionalWhole(string name)
    {
        string? text = Find(name).Text;
        return text is null or "none" or "null" ? null
            : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) ? value
            : throw Bad(name, "a whole number");
    }

    public bool Flag(string name) => OptionalFlag(name) ?? false;

    public bool? OptionalFlag(string name) => Find(name).Text?.ToLowerInvariant() switch
    {
        null => null,
        "true" or "yes" or "on" or "1" => true,
        "false" or "no" or "off" or "0" => false,
        _ => throw Bad(name, "true or false"),
    };

    /// <summary>Words between blanks or commas; none where the setting is absent.</summary>
    public string[] Words(string name) =>
        Find(name).Text?.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];

    /// <summary>Numbers between blanks or commas; none where the setting is absent.</summary>
    public double[] Numbers(string name) =>
        [.. Words(name).Select(word => double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : throw Bad(name, "numbers"))];

    /// <summary>One of several words.</summary>
    public T Choice<T>(string name, params ReadOnlySpan<(string Word, T Value)> choices)
    {
        (string? text, string source) = Find(name);
        return Choose(PlaceOf(name, source), text, choices);
    }

    /// <summary>One of several words, for an option that was read elsewhere.</summary>
    /// <param name="place">Of the option, for the message.</param>
    /// <param name="text">What it says.</param>
    /// <param name="choices">What it may say.</param>
    public static T Choose<T>(string place, string? text, params ReadOnlySpan<(string Word, T Value)> choices)
    {
        foreach ((string word, T value) in choices)
        {
            if (word == text)
            {
                return value;
            }
        }

        var words = new List<string>();
        foreach ((string word, _) in choices)
        {
            words.Add(word);
        }

        throw Wrong(place, $"one of {string.Join(", ", words)}", text);
    }

    private (string? Text, string Source) Find(string name) =>
        _values.TryGetValue(name, out (string?, string) value) ? value : (_settings.First(s => s.Name == name).Default, "default");

    private InputException Bad(string name, string expected)
    {
        (string? text, string source) = Find(name);
        return Wrong(PlaceOf(name, source), expected, text);
    }

    private static string PlaceOf(string name, string source) => source == "default" ? $"--{name}" : source;

    private static InputException Wrong(string place, string expected, string? text) =>
        new($"{place}: expected {expected}, found {(text is null ? "nothing" : $"'{text}'")}");

    private void ReadYaml(string file)
    {
        foreach ((YamlNode keyNode, YamlNode valueNode) in Load(file).Children)
        {
            string key = (keyNode as YamlScalarNode)?.Value ?? string.Empty;
            string place = $"{file}, line {keyNode.Start.Line}: {key}";
            if (!_settings.Any(s => s.Name == key) || key == ConfigName)
            {
                string nearest = _settings.Where(s => s.Name != ConfigName).MinBy(s => Spelling.Distance(s.Name, key))!.Name;
                throw new InputException($"{place}: unknown setting; the nearest known one is {nearest}");
            }

            if (valueNode is YamlSequenceNode list && _settings.First(s => s.Name == key).Kind == SettingKind.Words && list.All(item => item is YamlScalarNode))
            {
                _values.TryAdd(key, (string.Join(' ', list.Select(item => ((YamlScalarNode)item).Value)), place));
                continue;
            }

            if (valueNode is not YamlScalarNode scalar)
            {
                throw new InputException($"{place}: expected a single value, found a {valueNode.NodeType.ToString().ToLowerInvariant()}");
            }

            bool isNull = scalar.Value is null or "" or "~" || (scalar.Style == YamlDotNet.Core.ScalarStyle.Plain && scalar.Value == "null");
            _values.TryAdd(key, (isNull ? null : scalar.Value, place));
        }
    }

    private static YamlMappingNode Load(string file)
    {
        try
        {
            var yaml = new YamlStream();
            using StreamReader reader = File.OpenText(file);
            yaml.Load(reader);
            return yaml.Documents is [{ RootNode: YamlMappingNode map }] ? map : throw new InputException($"{file}: expected one YAML mapping of settings");
        }
        catch (YamlDotNet.Core.YamlException failure)
        {
            throw new InputException($"{file}, line {failure.Start.Line}: expected YAML, found: {failure.Message}", failure);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"--{ConfigName}: {file} cannot be read: {failure.Message}", failure);
        }
    }
}
