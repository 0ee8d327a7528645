namespace FastAlign.Peers;

/// <summary>One engine with the work of one cell set up: model, data, optimizer.</summary>
internal interface ISide : IDisposable
{
    /// <summary>Numbers of the last <see cref="Run"/> that the other engine must reproduce: losses, norms, sums.</summary>
    IReadOnlyList<double> Results { get; }

    /// <summary>Does the work once.</summary>
    /// <returns>Milliseconds of the part that is compared.</returns>
    double Run();
}
