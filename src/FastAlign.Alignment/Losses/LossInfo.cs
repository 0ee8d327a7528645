namespace FastAlign.Alignment;

/// <summary>What a user is told about a loss: <c>fastalign losses explain NAME</c> prints it.</summary>
/// <param name="Name">As in TRL's <c>loss_type</c> where TRL has it.</param>
/// <param name="Command">Command that trains with it, e.g. <c>dpo</c>.</param>
/// <param name="Formula">Per pair, sequence or token, in the notation of the documentation.</param>
/// <param name="Source">Paper, and the equation where there is one.</param>
/// <param name="Reading">What the numbers mean: the value at step 0 and why, what falls and what rises when it works.</param>
public sealed record LossInfo(string Name, string Command, string Formula, string Source, string Reading)
{
    /// <summary>Options it reads, by their names in TRL where TRL has them: <c>beta</c>, <c>label_smoothing</c>, ...</summary>
    public IReadOnlyList<string> Options { get; init; } = [];

    /// <summary>Where engines disagree: one line each, beginning with the dialect's name; the first is the default.</summary>
    public IReadOnlyList<string> Dialects { get; init; } = [];
}
