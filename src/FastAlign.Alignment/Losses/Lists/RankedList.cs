using FastAlign.Kernels;

namespace FastAlign.Alignment;

/// <summary>K completions of one prompt: the policy's scores and what the data say of them.</summary>
/// <typeparam name="T">The lane; slopes run along one score.</typeparam>
public readonly ref struct RankedList<T>
    where T : struct, ILane<T>
{
    /// <summary>[K] <c>s_i = beta log(pi / ref)</c>.</summary>
    public required ReadOnlySpan<T> Scores { get; init; }

    /// <summary>[K] psi, how good each is: the more the better. In [0, 1] where a formula takes it for a probability.</summary>
    public required ReadOnlySpan<double> Labels { get; init; }

    /// <summary>[K] rank by score, 1 for the highest; the first of equal ones comes first.</summary>
    public required ReadOnlySpan<int> Ranks { get; init; }

    /// <summary>[K] indices from the best label to the worst; the first of equal ones comes first.</summary>
    public required ReadOnlySpan<int> Order { get; init; }
}

/// <summary>The loss of one list, as a pure function. Host only: lists differ in length.</summary>
public interface IListFormula
{
    /// <summary>Loss of the list, and the number of terms it is a sum of.</summary>
    ListValue<T> Loss<T>(in RankedList<T> list)
        where T : struct, ILane<T>;
}

/// <summary>A sum and how many terms it has.</summary>
/// <param name="Sum">Sum.</param>
/// <param name="Terms">Terms.</param>
public readonly record struct ListValue<T>(T Sum, int Terms)
    where T : struct, ILane<T>;
