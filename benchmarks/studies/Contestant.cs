using FastAlign.Alignment;

namespace FastAlign.Studies;

/// <summary>One way of training the policy on what the judge said.</summary>
/// <param name="Command">Command of the tool that does it.</param>
/// <param name="Name">Loss and what is particular to it.</param>
/// <param name="Task">Data and loss; the reference is added where the loss needs one.</param>
/// <param name="Beta">Inverse temperature of the loss: its implied probability of a preference is <c>sigmoid(beta (c - r))</c>; NaN where it implies none.</param>
internal sealed record Contestant(string Command, string Name, Func<StudySet, TrainingTask> Task, double Beta = double.NaN);

/// <summary>What there is to train on.</summary>
/// <param name="Pairs">Pairs as judged.</param>
/// <param name="Stories">All candidates with gold scores, where the world is synthetic; else empty.</param>
/// <param name="MaxLength">Longest sequence.</param>
internal sealed record StudySet(IReadOnlyList<Models.PreferenceExample> Pairs, IReadOnlyList<Story> Stories, int MaxLength);
