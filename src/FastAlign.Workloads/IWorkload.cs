namespace FastAlign.Workloads;

/// <summary>A whole piece of training or generation with random weights and tokens, to be timed again and again.</summary>
public interface IWorkload : IDisposable
{
    /// <summary>Runs it once.</summary>
    /// <param name="onStart">Called when what is timed begins; may be null.</param>
    /// <returns>Seconds of what is timed.</returns>
    double Run(Action? onStart = null);

    /// <summary>Whether the runs so far were right. Runs it in another way, so it is for the end.</summary>
    /// <returns>What is wrong, or null.</returns>
    string? Check();
}
