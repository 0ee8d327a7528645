namespace FastAlign.IO.Datasets;

/// <summary>How much a finding matters.</summary>
public enum LintSeverity
{
    /// <summary>Worth knowing.</summary>
    Info,

    /// <summary>The row is trained on, or left out, in a way that its author may not expect.</summary>
    Warning,

    /// <summary>The row teaches nothing or the wrong thing: do not train on it.</summary>
    Error,
}
