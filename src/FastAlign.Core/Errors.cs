namespace FastAlign.Core;

/// <summary>What a user gave is wrong: a file, a data row, an option. The message names it, what was expected and what was found. Exit code 2.</summary>
public sealed class InputException : Exception
{
    public InputException(string message)
        : base(message)
    {
    }

    public InputException(string message, Exception inner)
        : base(message, inner)
    {
    }
}

/// <summary>Operands of an op do not fit together. Text: <c>[op] tensor: expected [..], got [..]</c>.</summary>
public sealed class ShapeException(string message) : ArgumentException(message);

/// <summary>A run cannot go on: a non-finite value, a full disk. The last checkpoint is intact. Exit code 1.</summary>
public sealed class RunException : Exception
{
    public RunException(string message)
        : base(message)
    {
    }

    public RunException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
