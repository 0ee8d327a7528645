namespace FastAlign.Kernels;

/// <summary>A parameter and its moments.</summary>
public readonly struct AdamWState<T>(T parameter, T first, T second)
    where T : struct, ILane<T>
{
    public T Parameter { get; } = parameter;

    public T First { get; } = first;

    public T Second { get; } = second;
}
