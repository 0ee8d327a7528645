namespace FastAlign.Alignment;

/// <summary>Which tokens of a row a divergence looks at; several together make their union.</summary>
[Flags]
public enum SupportSource
{
    None = 0,

    /// <summary>The teacher's most probable tokens.</summary>
    Teacher = 1,

    /// <summary>The student's most probable tokens.</summary>
    Student = 2,

    /// <summary>The token of the data: sampled by the student, where the data are its own.</summary>
    Target = 4,
}
