namespace FastAlign.Alignment;

/// <summary>What a comparison with a teacher gives for each row beside the teacher's log-prob.</summary>
[Flags]
public enum TeacherColumns
{
    None = 0,

    /// <summary><see cref="LossInputs.Divergence"/></summary>
    Divergence = 1,

    /// <summary><see cref="LossInputs.TemperedLogProb"/></summary>
    TemperedLogProb = 2,
}
