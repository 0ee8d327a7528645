namespace FastAlign.Models;

/// <summary>The tensors above the final norm, named alike in all families.</summary>
internal static class HeadTensors
{
    public static void Add(List<CheckpointTensor> list, DecoderSpec spec, ScoreHeadSpec? score)
    {
        if (score is not null)
        {
            list.Add(new CheckpointTensor("score.weight", $"{DecoderParameters.Score}.weight", 0, score.Labels));
            if (score.HasBias)
            {
                list.Add(new CheckpointTensor("score.bias", $"{DecoderParameters.Score}.bias", 0, score.Labels));
            }
        }
        else if (!spec.IsHeadTied)
        {
            list.Add(new CheckpointTensor("lm_head.weight", DecoderParameters.Head, 0, spec.Vocab));
        }
    }
}
