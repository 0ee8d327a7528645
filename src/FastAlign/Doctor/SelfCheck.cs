namespace FastAlign;

/// <summary>One check of the engine on a user's own model and data.</summary>
/// <param name="Name">What was checked.</param>
/// <param name="IsPassed">Whether it held.</param>
/// <param name="Detail">What was measured.</param>
public sealed record SelfCheck(string Name, bool IsPassed, string Detail);
