namespace FastAlign.Cli;

/// <summary>What the tool returns to the shell; Program.cs maps exceptions to them in one place.</summary>
internal static class ExitCode
{
    public const int Done = 0;

    /// <summary>The work failed: a kernel is wrong, a run could not go on.</summary>
    public const int Failed = 1;

    /// <summary>Bad usage or bad input.</summary>
    public const int BadInput = 2;

    /// <summary>Ctrl-C, after a clean stop.</summary>
    public const int Interrupted = 130;
}
