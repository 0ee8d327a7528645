namespace FastAlign.Cpu;

/// <summary>Which normalisation a row loop is compiled for.</summary>
internal interface INormKind
{
    /// <summary>Whether the row's mean is subtracted (layer norm) or not (RMS norm).</summary>
    static abstract bool IsCentered { get; }
}

internal readonly struct RmsNormKind : INormKind
{
    public static bool IsCentered => false;
}

internal readonly struct LayerNormKind : INormKind
{
    public static bool IsCentered => true;
}
