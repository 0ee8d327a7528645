namespace FastAlign.Alignment;

/// <summary>Whose reading of a loss to follow where engines disagree. Each loss says in its documentation what changes; the default is TRL's.</summary>
public enum Dialect
{
    /// <summary>TRL 1.16, the engine whose option names we share. The default.</summary>
    Trl,

    /// <summary>The paper, or the code its authors published.</summary>
    Original,

    /// <summary>verl.</summary>
    Verl,

    /// <summary>OpenRLHF.</summary>
    OpenRlhf,

    /// <summary>LLaMA-Factory.</summary>
    LlamaFactory,
}
