using FastAlign.Models;

namespace FastAlign.Alignment;

/// <summary>Tokenised examples, and how some of them become a batch. One implementation per shape of data: sequences, pairs, ...</summary>
public interface ITrainingData
{
    /// <summary>Number of examples.</summary>
    int Count { get; }

    /// <summary>What the head computes besides log-probs, for the metrics of this kind of data.</summary>
    HeadStatistics Statistics { get; }

    /// <summary>Told which examples make up the next optimizer step, or an evaluation, before any of them is built: examples of some data borrow from others of their step.</summary>
    void Begin(IReadOnlyList<int[]> step)
    {
    }

    /// <summary>Which of its forms an example has since <see cref="Begin"/>: the same number, the same tokens. 0 where there is but one.</summary>
    int FormOf(int example) => 0;

    /// <summary>The examples as one forest of segments, one scored sequence after the other, in the order given.</summary>
    TokenBatch Build(ReadOnlySpan<int> examples);

    /// <summary>Sequences and scored rows of these examples, as <see cref="Build"/> makes them: the denominators of a step.</summary>
    StepCounts Counts(ReadOnlySpan<int> examples);

    /// <summary>Fills the columns of these examples, in the order of <see cref="Build"/>; does nothing where there are none.</summary>
    void Fill(ReadOnlySpan<int> examples, ColumnSet columns);

    /// <summary>Tokens as Hugging Face counts them: every sequence whole, a shared prompt once per sequence. <c>num_tokens</c></summary>
    long TokenCount(ReadOnlySpan<int> examples);

    /// <summary>Row of the data file that an example came from, for messages.</summary>
    int RowOf(int example);
}

/// <summary>What to train or evaluate on, and by which loss.</summary>
/// <param name="Data">Examples.</param>
/// <param name="Loss">A pure function of log-probs.</param>
/// <param name="Reference">Log-probs of the reference, if the loss needs them.</param>
public sealed record TrainingTask(ITrainingData Data, ILoss Loss, IReferenceLogProbs? Reference = null)
{
    /// <summary>The model to distil from; its log-probs then take the place of a reference's.</summary>
    public Teacher? Teacher { get; init; }

    /// <summary>A network that values prompts for the loss and learns beside the policy.</summary>
    public ValueNetwork? Values { get; init; }

    /// <summary>What a trunk that stands still made of the examples; then only the score head learns, and the model's own trunk is not run.</summary>
    public EmbeddedRows? Embeddings { get; init; }
}
