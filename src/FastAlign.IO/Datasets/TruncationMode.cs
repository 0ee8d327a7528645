namespace FastAlign.IO.Datasets;

/// <summary>Which end of an over-long row survives. TRL: <c>truncation_mode</c>.</summary>
public enum TruncationMode
{
    /// <summary>Keep the first <c>max_length</c> tokens.</summary>
    KeepStart,

    /// <summary>Keep the last <c>max_length</c> tokens.</summary>
    KeepEnd,
}
