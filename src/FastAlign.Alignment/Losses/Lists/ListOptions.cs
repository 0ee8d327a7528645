namespace FastAlign.Alignment;

/// <summary>Options of listwise losses.</summary>
public sealed record ListOptions
{
    /// <summary>See <see cref="PairLosses.ListNames"/>. <c>loss_type</c></summary>
    public string LossType { get; init; } = "lambda";

    /// <summary>Inverse temperature, above 0. <c>beta</c></summary>
    public double Beta { get; init; } = 0.05;

    /// <summary>Divide a list's sum by its number of terms, so that long lists weigh as much as short ones. <c>list_average</c>: sum or mean</summary>
    public bool IsMean { get; init; }
}
