using FastAlign.Core;
using FastAlign.Kernels.Conformance;

namespace FastAlign.Workloads;

/// <summary>A workload that has yet to be opened.</summary>
/// <param name="Name">Method, model and size.</param>
/// <param name="Tokens">Tokens that one run trains on or says.</param>
/// <param name="Open">Makes it on a backend; its memory is the backend's from here to disposal.</param>
public sealed record WorkloadPlan(string Name, long Tokens, Func<Backend, IWorkload> Open)
{
    /// <summary>
    /// Operations and bytes of the timed part of one run, counted by running the same code without the arithmetic. Reads and writes are not told apart:
    /// all bytes count as read, of which decoding, the one workload that memory bounds, has next to nothing else.
    /// </summary>
    /// <param name="like">The backend that it stands for.</param>
    /// <param name="isWhole">Counts the whole run.</param>
    public Work Count(Backend like, bool isWhole = false)
    {
        using var nothing = new NullBackend(like);
        ProfiledOps profile = nothing.Profile();
        using IWorkload workload = Open(nothing);
        workload.Run(isWhole ? null : profile.Clear);
        return new Work(profile.Rows.Sum(static row => (double)row.Flops), profile.Rows.Sum(static row => (double)row.Bytes), 0, Roof.Gemm);
    }
}
