using FastAlign.Models;

namespace FastAlign.IO.Checkpoints;

/// <summary>A set of parameters and the name of its file in a training checkpoint: <c>weights</c>, <c>first_moment</c>, <c>second_moment</c>.</summary>
/// <param name="Name">File name without extension.</param>
/// <param name="Set">The values.</param>
public readonly record struct NamedParameters(string Name, ParameterSet Set);
