namespace FastAlign.Peers;

/// <summary>A side that is one call.</summary>
/// <param name="run">The call.</param>
/// <param name="results">What the other side must reproduce.</param>
/// <param name="owned">Disposed in this order.</param>
internal sealed class ActionSide(Action run, Func<double[]> results, params IDisposable[] owned) : ISide
{
    public IReadOnlyList<double> Results => results();

    public double Run() => Times.Measure(run);

    public void Dispose()
    {
        foreach (IDisposable one in owned)
        {
            one.Dispose();
        }
    }
}
