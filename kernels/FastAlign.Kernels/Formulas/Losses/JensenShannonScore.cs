namespace FastAlign.Kernels;

/// <summary><c>s = ln 2 + log sigmoid(x)</c>: the score of a log-ratio x under the Jensen-Shannon divergence (f-DPO: Wang et al., 2024, table 1).</summary>
public readonly struct JensenShannonScore<T> : IScore<T>
    where T : struct, ILane<T>
{
    private const double Ln2 = 0.69314718055994530942;

    public T Of(T ratio) => T.Constant(Ln2) + StableForms.LogSigmoid(ratio);
}
