namespace FastAlign.Kernels;

/// <summary>What a divergence makes of a log-ratio (f-DPO: Wang et al., 2024), as a pure function: increasing, and 0 at 0.</summary>
public interface IScore<T>
    where T : struct, ILane<T>
{
    /// <summary>s of a log-ratio, nats.</summary>
    T Of(T ratio);
}
