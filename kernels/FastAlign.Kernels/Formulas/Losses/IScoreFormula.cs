namespace FastAlign.Kernels;

/// <summary>A paired loss that sees log-ratios only through <see cref="Pair{T}.ChosenScore"/> and <see cref="Pair{T}.RejectedScore"/>, so that other scores can take their place.</summary>
public interface IScoreFormula<T> : IPairFormula<T>
    where T : struct, ILane<T>;
