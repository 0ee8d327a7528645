namespace FastAlign.Cli.Settings;

/// <summary>What a setting's value looks like.</summary>
internal enum SettingKind
{
    Text,
    Number,
    Whole,

    /// <summary>One or more words: several arguments on the command line, a list or a single value in YAML.</summary>
    Words,

    /// <summary>true or false; alone on the command line it means true.</summary>
    Flag,
}

/// <summary>One thing a user can set, on the command line (<c>--learning-rate</c> or <c>--learning_rate</c>) or in a YAML file (<c>learning_rate</c>).</summary>
/// <param name="Name">TRL's name where there is one.</param>
/// <param name="Kind">What its value looks like.</param>
/// <param name="Description">For the help text, with unit and range.</param>
/// <param name="Default">Value if nothing is said; null means absent.</param>
/// <param name="ShortName">A second name for the command line, e.g. <c>model</c>.</param>
internal sealed record Setting(string Name, SettingKind Kind, string Description, string? Default = null, string? ShortName = null);
